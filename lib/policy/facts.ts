/** What conditions read, as CEL sees it, and what can become of a condition. No I/O, no clock. */
import { isRecord } from "../untrusted.ts";
import type { KnownQuery, PolicyQuery } from "./policy.ts";

/** What a condition reads, by variable. */
export type Facts = Readonly<Record<string, unknown>>;

export type Outcome = "matched" | "did not match" | "could not be decided";

export interface Verdict {
  readonly outcome: Outcome;
  /** Why it could not be decided: `input.amount is missing`. Names the fields that the condition reads, never a value. */
  readonly why?: string;
}

/** A condition that can be evaluated as often as needed. Never throws. */
export type Condition = (facts: Facts) => Verdict;

export const undecided = (why: string): Verdict => ({ outcome: "could not be decided", why });

/** The verdict for the value of a condition. */
export function verdictOf(value: unknown): Verdict {
  if (typeof value === "boolean") return { outcome: value ? "matched" : "did not match" };
  return undecided("the condition is neither true nor false");
}

/** By cel-js's code. Its own messages contain values: `No such key: <what was looked up>`. */
const REASONS: Readonly<Record<string, string>> = {
  no_such_key: "is missing",
  index_out_of_bounds: "is missing",
  unknown_variable: "is not a variable",
  no_such_overload: "is not defined for values of these types",
  no_matching_overload: "is not defined for values of these types",
  invalid_logical_operand: "is neither true nor false",
  invalid_condition_type: "is neither true nor false",
};

/** Why a condition cannot be decided: `part` is its text where `code`, one of cel-js's, occurred. */
export function reasonFor(part: string, code: string): string {
  return `${part} ${REASONS[code] ?? `cannot be evaluated (${code.replaceAll("_", " ")})`}`;
}

/** The query as CEL sees it. Throws if the input contains itself. */
export function factsOf(query: PolicyQuery): Facts {
  return {
    ...knownFactsOf(query),
    input: celValue(query.input),
    now: query.now,
    usage: celValue(query.usage ?? {}),
  };
}

/** The query as CEL sees it before there is an input: a condition that needs another variable cannot be decided. */
export function knownFactsOf({ principal, resource, action, stage }: KnownQuery): Facts {
  const { id, roles, customerId } = principal;
  return { principal: celValue({ id, roles, customerId }), capability: resource, action, stage };
}

/**
 * JSON as CEL's values. Whole numbers become integers, because CEL's literals are integers and its arithmetic does not mix types.
 * Objects become Maps, which inherit nothing that a condition could read as a field.
 */
export function celValue(value: unknown): unknown {
  if (Number.isInteger(value)) return BigInt(Number(value));
  if (Array.isArray(value)) return value.map(celValue);
  if (!isRecord(value)) return value;
  const map = new Map<string, unknown>();
  for (const [name, item] of Object.entries(value)) if (item !== undefined) map.set(name, celValue(item));
  return map;
}
