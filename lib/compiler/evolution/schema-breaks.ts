/**
 * What a change of a schema breaks for those who use it: a caller sends inputs, and an application reads what is returned. Inputs may
 * be extended and relaxed, outputs may be extended and narrowed. A new value of an enumeration that is returned breaks nothing:
 * applications have to expect it. Pure.
 */
import { canonicalJson } from "../../canonical-json.ts";
import { fieldOf, fieldsOf, isRecord, numberOf, textOf, textsOf } from "../../untrusted.ts";
import type { JsonSchema } from "../contract/json-schema.ts";

export type Side = "sent" | "returned";

export interface SchemaBreak {
  /** From the root of the schema; `*` is the items of a list. Where a field was removed, it ends with that field. */
  readonly path: readonly string[];
  /** Continues a sentence about the field: `is required now`. */
  readonly message: string;
}

/** Every break, outermost first. Both schemas may refer to their own `$defs`. */
export function schemaBreaks(before: JsonSchema, after: JsonSchema, side: Side): readonly SchemaBreak[] {
  return breaksAt([], { root: before, at: before }, { root: after, at: after }, side);
}

/** A schema within the document that its references are about. */
interface Place {
  readonly root: JsonSchema;
  readonly at: JsonSchema;
}

function breaksAt(
  path: readonly string[],
  beforeRef: Place,
  afterRef: Place,
  side: Side,
): readonly SchemaBreak[] {
  const before = resolved(beforeRef);
  const after = resolved(afterRef);
  if (canonicalJson(before.at) === canonicalJson(after.at) && before.root === after.root) return [];
  const own = [
    ...typeBreaks(before.at, after.at, side),
    ...(side === "sent" ? narrowings(before.at, after.at) : []),
  ].map((message) => ({ path, message }));
  if (own.length > 0 && textOf(before.at.type) !== textOf(after.at.type)) return own;
  return [...own, ...fieldBreaks(path, before, after, side), ...itemBreaks(path, before, after, side)];
}

function resolved({ root, at }: Place): Place {
  const reference = textOf(at.$ref);
  if (reference === undefined) return { root, at };
  return resolved({ root, at: fieldsOf(fieldOf(root, ...reference.replace("#/", "").split("/"))) });
}

function typeBreaks(before: JsonSchema, after: JsonSchema, side: Side): readonly string[] {
  const [from, to] = [textOf(before.type) ?? "any", textOf(after.type) ?? "any"];
  const [narrow, wide] = side === "sent" ? [from, to] : [to, from];
  const fits = from === to || wide === "any" || (narrow === "integer" && wide === "number");
  return fits ? [] : [`is ${to} now; it was ${from}`];
}

/** What was accepted and is not any more. */
function narrowings(before: JsonSchema, after: JsonSchema): readonly string[] {
  return [
    ...enumNarrowings(before, after),
    ...boundNarrowings(before, after),
    ...["pattern", "format", "const", "allOf"].flatMap((keyword) => {
      const isSame = canonicalJson(before[keyword] ?? null) === canonicalJson(after[keyword] ?? null);
      if (isSame || after[keyword] === undefined) return [];
      return [
        `has ${before[keyword] === undefined ? "a" : "another"} ${keyword} now: ${shown(after[keyword])}`,
      ];
    }),
    ...(before.default !== undefined &&
    after.default !== undefined &&
    canonicalJson(before.default) !== canonicalJson(after.default)
      ? [`is ${shown(after.default)} by default now; it was ${shown(before.default)}`]
      : []),
  ];
}

function enumNarrowings(before: JsonSchema, after: JsonSchema): readonly string[] {
  if (!Array.isArray(after.enum)) return [];
  if (!Array.isArray(before.enum)) return [`accepts only ${after.enum.map(shown).join(", ")} now`];
  const left = new Set(after.enum.map(shown));
  const removed = before.enum.map(shown).filter((value) => !left.has(value));
  return removed.length === 0 ? [] : [`does not accept ${removed.join(", ")} any more`];
}

const LOWER = ["minimum", "minLength", "minItems"];
const UPPER = ["maximum", "maxLength", "maxItems"];

function boundNarrowings(before: JsonSchema, after: JsonSchema): readonly string[] {
  return [...LOWER, ...UPPER].flatMap((keyword) => {
    const [from, to] = [numberOf(before[keyword]), numberOf(after[keyword])];
    if (to === undefined) return [];
    const isNarrower = from === undefined || (LOWER.includes(keyword) ? to > from : to < from);
    if (!isNarrower) return [];
    return [`has the ${keyword} ${to} now; ${from === undefined ? "it had none" : `it was ${from}`}`];
  });
}

function fieldBreaks(
  path: readonly string[],
  before: Place,
  after: Place,
  side: Side,
): readonly SchemaBreak[] {
  const [from, to] = [fieldsOf(before.at.properties), fieldsOf(after.at.properties)];
  const [hadTo, hasTo] = [new Set(textsOf(before.at.required)), new Set(textsOf(after.at.required))];
  const isOpen = before.at.properties === undefined && before.at.additionalProperties !== false;
  const isClosed = after.at.additionalProperties === false;
  const closing =
    side === "sent" && isOpen && isClosed
      ? [{ path, message: "accepts only certain fields now; it accepted any" }]
      : [];
  const removed = Object.keys(from)
    .filter((name) => !Object.hasOwn(to, name) && (side === "returned" || isClosed))
    .map((name) => ({ path: [...path, name], message: "was removed" }));
  const required = Object.keys(to)
    .filter((name) => side === "sent" && hasTo.has(name) && !hadTo.has(name))
    .map((name) => ({
      path: [...path, name],
      message: Object.hasOwn(from, name) ? "is required now" : "is new, and required",
    }));
  const optional = [...hadTo]
    .filter((name) => side === "returned" && Object.hasOwn(to, name) && !hasTo.has(name))
    .map((name) => ({ path: [...path, name], message: "can be absent now" }));
  const below = Object.entries(from).flatMap(([name, schema]) => {
    const next = to[name];
    if (!isRecord(schema) || !isRecord(next)) return [];
    return breaksAt([...path, name], { ...before, at: schema }, { ...after, at: next }, side);
  });
  return [...closing, ...removed, ...required, ...optional, ...below];
}

function itemBreaks(
  path: readonly string[],
  before: Place,
  after: Place,
  side: Side,
): readonly SchemaBreak[] {
  if (!isRecord(after.at.items)) return [];
  if (!isRecord(before.at.items))
    return side === "sent" ? [{ path, message: "accepts only certain items now; it accepted any" }] : [];
  return breaksAt([...path, "*"], { ...before, at: before.at.items }, { ...after, at: after.at.items }, side);
}

const shown = (value: unknown) => JSON.stringify(value);
