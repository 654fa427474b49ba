/** Reads the faults that are ordered through the control interface. */
import { present } from "../present.ts";
import { ControlInputError, type Fields, fields, integerField, textField } from "../protocol/json-input.ts";
import type { Fault, FaultKind } from "./faults.ts";

const MAX_MILLISECONDS = 120_000;
const MAX_OUTAGE_MILLISECONDS = 24 * 60 * 60 * 1000;
const MAX_COPIES = 1000;
const MAX_SEED = 2 ** 32 - 1;

/** The fields of each kind besides `kind` and `match`. */
export const FAULT_FIELDS: Readonly<Record<FaultKind, readonly string[]>> = {
  status: ["times", "after", "status", "body"],
  delay: ["times", "after", "ms"],
  reset_after_commit: ["times", "after"],
  truncate: ["times", "after"],
  stall: ["times", "after", "ms"],
  same_second: ["times"],
  drop_webhooks: ["times"],
  duplicate_webhooks: ["times", "copies"],
  delay_webhooks: ["times", "ms"],
  reorder_webhooks: ["times", "seed", "ms"],
  webhook_outage: ["ms"],
};
const OF_REQUESTS: ReadonlySet<string> = new Set([
  "status",
  "delay",
  "reset_after_commit",
  "truncate",
  "stall",
]);

/**
 * Reads one fault or a list of faults. `times` is 1 by default; `now` is in unix milliseconds of the machine's clock.
 * Throws a ControlInputError.
 */
export function faultsFrom(body: unknown, now: number): Fault[] {
  return (Array.isArray(body) ? body : [body]).map((item: unknown) => faultFrom(item, now));
}

function faultFrom(item: unknown, now: number): Fault {
  const fault = struckAtOnce(item, now);
  const isDelayed = typeof item === "object" && item !== null && "after" in item;
  return isDelayed ? { ...fault, after: integerField({ after: item.after }, "after", 0) } : fault;
}

function struckAtOnce(item: unknown, now: number): Fault {
  const given: unknown = typeof item === "object" && item !== null && "kind" in item ? item.kind : undefined;
  const kind = faultKindFrom(given);
  const input = fields(item, ["kind", "match", ...FAULT_FIELDS[kind]], "fault");
  const match = matchFrom(input.match, OF_REQUESTS.has(kind) ? ["method", "path"] : ["type"]);
  const times = input.times === undefined ? 1 : integerField(input, "times", 1);
  const ms = () => integerField(input, "ms", 1, MAX_MILLISECONDS);
  switch (kind) {
    case "status": {
      const status = integerField(input, "status", 400, 599);
      const body = input.body;
      if (body === undefined) return { kind, match, times, status };
      if (typeof body === "object" && body !== null) return { kind, match, times, status, body };
      throw new ControlInputError("fault.body", "an object", body);
    }
    case "delay":
    case "stall":
    case "delay_webhooks":
      return { kind, match, times, ms: ms() };
    case "duplicate_webhooks":
      return { kind, match, times, copies: integerField(input, "copies", 1, MAX_COPIES) };
    case "reorder_webhooks":
      return {
        kind,
        match,
        times,
        ...present({
          seed: input.seed === undefined ? undefined : integerField(input, "seed", 0, MAX_SEED),
          ms: input.ms === undefined ? undefined : ms(),
        }),
      };
    case "webhook_outage": {
      if (input.ms === undefined) return { kind, match, times };
      return { kind, match, times, until: now + integerField(input, "ms", 1, MAX_OUTAGE_MILLISECONDS) };
    }
    case "reset_after_commit":
    case "truncate":
    case "same_second":
    case "drop_webhooks":
      return { kind, match, times };
  }
}

/** Reads the kind of a fault. Throws a ControlInputError that lists all kinds. */
export function faultKindFrom(given: unknown): FaultKind {
  const kinds = Object.keys(FAULT_FIELDS).filter((name): name is FaultKind => name in FAULT_FIELDS);
  const kind = kinds.find((name) => name === given);
  if (kind !== undefined) return kind;
  throw new ControlInputError("fault.kind", `one of ${kinds.join(", ")}`, given);
}

function matchFrom(value: unknown, known: readonly string[]): Fault["match"] {
  if (value === undefined) return {};
  const input: Fields = fields(value, known, "fault.match");
  return Object.fromEntries(Object.keys(input).map((name) => [name, textField(input, name)]));
}
