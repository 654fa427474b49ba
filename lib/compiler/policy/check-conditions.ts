/** Checks one rule's condition: its CEL, and the fields it reads against the contracts in its scope. Pure. */
import { type ASTNode, ParseError, type ParseResult } from "@marcbachmann/cel-js";
import { nearest, suggestion } from "../../contract/suggestion.ts";
import { parseCondition, VARIABLES } from "../../policy/condition.ts";
import { type PolicyRule, USAGE_NAMES, type UsageName } from "../../policy/policy.ts";
import { type Read, readsOf } from "./condition-reads.ts";
import type { AuthoredRule } from "./load-policy.ts";
import type { Attempt } from "./resources.ts";
import { ANY_ITEM, type Astray, findField, furthest, type Shape, VALUE } from "./shape.ts";
import { spellingHints } from "./spelling-hints.ts";

const PRINCIPAL: Shape = {
  kind: "object",
  fields: {
    id: { shape: VALUE, optional: false },
    roles: { shape: { kind: "list", items: VALUE }, optional: false },
    customerId: { shape: VALUE, optional: true },
  },
};

/** Variables with fields; the others are text, and the time. */
const READ_BY_FIELD: readonly string[] = ["input", "principal", "usage"];

/** Where one read of the condition can happen, and with what guards. */
interface ReadPlace {
  readonly attempt: Attempt;
  readonly read: Read;
}

const NO_READS: PolicyRule["reads"] = { input: [], usage: [] };

/** Notes what is wrong with the condition, and returns what it reads. */
export function checkCondition(rule: AuthoredRule, scope: readonly Attempt[]): PolicyRule["reads"] {
  const parsed = parse(rule);
  if (parsed === undefined || !checkTypes(rule, parsed)) return NO_READS;
  const places = new Map<ASTNode, ReadPlace[]>();
  for (const attempt of scope) {
    const { capability, action } = attempt;
    for (const read of readsOf(parsed.ast, { capability, action })) {
      places.set(read.node, [...(places.get(read.node) ?? []), { attempt, read }]);
    }
  }
  // The same read in every place, except for its guards.
  const reads = [...places.values()].flatMap((same) =>
    same.slice(0, 1).map(({ read }) => {
      checkRead(rule, read, same);
      return read;
    }),
  );
  return { input: inputPaths(reads), usage: usageNames(reads) };
}

function parse(rule: AuthoredRule): ParseResult | undefined {
  try {
    return parseCondition(rule.condition);
  } catch (error) {
    if (!(error instanceof ParseError)) throw error;
    if (noteSpelling(rule)) return undefined;
    noteAt(rule, error.range?.start, `the condition cannot be read: ${plain(error.summary)}`);
    return undefined;
  }
}

/** Whether CEL's own types match, and the result is true or false. */
function checkTypes(rule: AuthoredRule, parsed: ParseResult): boolean {
  const { valid, type, error } = parsed.check();
  if (!valid) {
    if (noteSpelling(rule)) return false;
    const unknown = /^Unknown variable: (.*)$/.exec(error?.summary ?? "")?.[1];
    const message =
      unknown === undefined
        ? `the condition's types do not match: ${error?.summary}`
        : `unknown variable "${unknown}"${suggestion(unknown, VARIABLES)}`;
    noteAt(rule, error?.range?.start, message);
  } else if (type !== "bool") {
    noteAt(
      rule,
      0,
      `the condition must be true or false, but ${type === "dyn" ? "can be any value" : `is of type ${type}`}`,
    );
  }
  return valid && type === "bool";
}

/** Notes operators that CEL spells differently, and returns whether it found any. If so, CEL's own errors follow from them. */
function noteSpelling(rule: AuthoredRule): boolean {
  const hints = spellingHints(rule.condition);
  for (const { offset, message } of hints) noteAt(rule, offset, message);
  return hints.length > 0;
}

const plain = (summary: string) => summary.replace("EOF", "the condition ends here");

function checkRead(rule: AuthoredRule, read: Read, places: readonly ReadPlace[]): void {
  const { root, path, node } = read;
  if (!READ_BY_FIELD.includes(root)) return;
  if (path.length === 0)
    noteAt(
      rule,
      node.start,
      `${root} is read by field: ${root}.<name>; has(${root}.<name>) tests whether it exists`,
    );
  else if (root === "usage") checkUsage(rule, read);
  else if (root === "principal") checkFields(rule, read, places, () => PRINCIPAL);
  else checkFields(rule, read, places, ({ input }) => input);
}

function checkUsage(rule: AuthoredRule, { path, node }: Read): void {
  const name = path.join(".");
  if (!USAGE_NAMES.some((known) => known === name))
    noteAt(rule, node.start, `usage has no "${name}"${suggestion(name, USAGE_NAMES)}`);
  if (rule.effect !== "DENY")
    noteAt(
      rule,
      node.start,
      `only a DENY rule can read usage: usage is counted after a call is permitted, and can only turn that into a denial`,
    );
}

function checkFields(
  rule: AuthoredRule,
  read: Read,
  places: readonly ReadPlace[],
  shapeOf: (attempt: Attempt) => Shape,
): void {
  const { root, path, node } = read;
  const findings = places.map(({ attempt }) => findField(shapeOf(attempt), path));
  const astray = findings.some(({ known }) => known) ? undefined : furthest(findings);
  if (astray !== undefined) {
    noteAt(rule, node.start, unknownMessage(read, places, astray));
    return;
  }
  for (const [index] of path.entries()) {
    const prefix = path.slice(0, index + 1);
    const name = [root, ...prefix].join(".");
    // has() itself tests for the last name.
    if (read.asked && prefix.length === path.length) return;
    const without = places.filter(({ attempt, read: { guards } }) => {
      const finding = findField(shapeOf(attempt), prefix);
      return !guards.has(name) && (!finding.known || finding.optional);
    });
    if (without.length > 0) {
      const who = root === "principal" ? "a principal" : labels(without);
      noteAt(rule, node.start, `${who} can come without ${name}; test it first: has(${name}) && ...`);
      return;
    }
  }
}

function unknownMessage(
  { root, path }: Read,
  places: readonly ReadPlace[],
  { name, instead }: Astray,
): string {
  const spelled = path.filter((part) => part !== ANY_ITEM).join(".");
  if (root === "principal") return `principal has no "${spelled}"${suggestion(name, instead)}`;
  const message = `no input "${spelled}" in ${labels(places)}`;
  if (instead.length === 0 && path.length === 1) return `${message}, which has no inputs`;
  // A list of all inputs of every resource would not help.
  const isShort = new Set(places.map(({ attempt }) => attempt.capability)).size === 1;
  return isShort || nearest(name, instead) !== undefined ? message + suggestion(name, instead) : message;
}

/** More names would not help. */
const MOST_LABELS = 3;

function labels(places: readonly ReadPlace[]): string {
  const all = [
    ...new Set(
      places.map(({ attempt }) =>
        attempt.action.startsWith("read") ? `reading ${attempt.capability}` : attempt.capability,
      ),
    ),
  ];
  const more = all.length - MOST_LABELS;
  return more > 0 ? `${all.slice(0, MOST_LABELS).join(", ")} and ${more} more` : all.join(", ");
}

/** Dotted paths below `input`, as far as they lead by name. */
function inputPaths(reads: readonly Read[]): string[] {
  const paths = reads.flatMap(({ root, path }) => {
    const item = path.indexOf(ANY_ITEM);
    return root === "input" ? [(item < 0 ? path : path.slice(0, item)).join(".")] : [];
  });
  return [...new Set(paths)];
}

function usageNames(reads: readonly Read[]): UsageName[] {
  return USAGE_NAMES.filter((name) => reads.some(({ root, path }) => root === "usage" && path[0] === name));
}

function noteAt(rule: AuthoredRule, offset: number | undefined, message: string): void {
  rule.node.get("condition")?.issueAt(offset ?? 0, message);
}
