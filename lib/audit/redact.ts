/**
 * Redacts a payload for the audit log: only the values on the contract's allow-list stay. The payload need not fit the
 * contract, because refused calls are recorded too. Pure.
 */

import type { AuditableFields } from "../contract/payload-contract.ts";
import { setOwnField } from "../own-field.ts";
import { singleWord } from "../scrub.ts";
import { type Fields, isRecord } from "../untrusted.ts";

const REDACTED = "[redacted]";
/** Ids, codes and statuses are shorter; longer text is prose, or an attack. */
const MAX_TEXT_LENGTH = 256;
const MAX_ITEMS = 20;

/**
 * `value` with only auditable values left. A declared field that must not be kept reads `[redacted]`. Fields that the
 * contract does not know are only counted, because a name could be anything. Of a list, the first 20 items are kept, or with
 * `allItems` every one.
 */
export function redact(value: unknown, fields: AuditableFields, { allItems = false } = {}): unknown {
  return redactNode(value, shapeOf(fields), allItems ? Number.POSITIVE_INFINITY : MAX_ITEMS);
}

/** What the contract says about a value: it is kept or withheld, or its fields or items say so. */
type Shape =
  | "kept"
  | "withheld"
  | { readonly items: Shape }
  | { readonly fields: ReadonlyMap<string, Shape> };

/** A contract's paths as a tree, made once, not for each call. */
const shapes = new WeakMap<AuditableFields, Shape>();

function shapeOf(contract: AuditableFields): Shape {
  const known = shapes.get(contract) ?? shapeAt(contract.auditablePaths, contract.withheldPaths);
  shapes.set(contract, known);
  return known;
}

type Paths = readonly (readonly string[])[];

function shapeAt(auditable: Paths, withheld: Paths): Shape {
  if (withheld.some((path) => path.length === 0)) return "withheld";
  if (auditable.some((path) => path.length === 0)) return "kept";
  const steps = new Set([...auditable, ...withheld].flatMap((path) => path.slice(0, 1)));
  const below = (step: string) => shapeAt(pathsBelow(auditable, step), pathsBelow(withheld, step));
  return steps.has("*")
    ? { items: below("*") }
    : { fields: new Map([...steps].map((step) => [step, below(step)])) };
}

const pathsBelow = (paths: Paths, step: string): Paths =>
  paths.filter((path) => path[0] === step).map((path) => path.slice(1));

function redactNode(node: unknown, shape: Shape, maxItems: number): unknown {
  if (node === undefined) return undefined;
  if (shape === "withheld") return REDACTED;
  if (shape === "kept") return keptValue(node);
  if ("items" in shape) return Array.isArray(node) ? redactItems(node, shape.items, maxItems) : REDACTED;
  return isRecord(node) ? redactFields(node, shape.fields, maxItems) : REDACTED;
}

function redactItems(items: readonly unknown[], shape: Shape, maxItems: number): unknown[] {
  const shown = items.slice(0, maxItems).map((item) => redactNode(item, shape, maxItems));
  return items.length > maxItems ? [...shown, `[${items.length - maxItems} more]`] : shown;
}

function redactFields(node: Fields, fields: ReadonlyMap<string, Shape>, maxItems: number): unknown {
  const shown: Record<string, unknown> = {};
  let unknownCount = 0;
  for (const [name, value] of Object.entries(node)) {
    const shape = fields.get(name);
    if (shape === undefined) unknownCount += 1;
    else setOwnField(shown, name, redactNode(value, shape, maxItems));
  }
  return unknownCount === 0 ? shown : { ...shown, "[unknown fields]": unknownCount };
}

function keptValue(value: unknown): unknown {
  switch (typeof value) {
    case "boolean":
      return value;
    case "number":
      // A number can be a card number too, not only text.
      return auditableText(String(value)) === String(value) ? value : REDACTED;
    case "string":
      return auditableText(value);
    default:
      return value === null ? null : REDACTED;
  }
}

/** Text from a caller in a place for an id or a word of ours: other text is not kept. */
export function auditableText(text: string): string {
  return text.length > MAX_TEXT_LENGTH ? "[long text]" : singleWord(text);
}
