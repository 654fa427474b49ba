/** Checks what is sent to the control interface. */
import type { Fault } from "./faults.ts";

/** The input is wrong; the message names the field and what would be right. */
export class ControlInputError extends Error {
  override name = "ControlInputError";

  constructor(field: string, expected: string, actual: unknown) {
    super(
      `${field}: expected ${expected}, got ${actual === undefined ? "nothing" : JSON.stringify(actual)}.`,
    );
  }
}

type Fields = Record<string, unknown>;

/** The hash's fields, refusing any that is not `known`. */
export function fields(value: unknown, known: readonly string[], name = "body"): Fields {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new ControlInputError(name, `an object with ${known.join(", ")}`, value);
  }
  const entries = Object.entries(value);
  const unknown = entries.find(([key]) => !known.includes(key));
  if (unknown !== undefined)
    throw new ControlInputError(`${name}.${unknown[0]}`, `one of ${known.join(", ")}`, unknown[0]);
  return Object.fromEntries(entries);
}

export function textField(input: Fields, name: string): string {
  const value = input[name];
  if (typeof value === "string" && value !== "") return value;
  throw new ControlInputError(name, "a text", value);
}

export function integerField(
  input: Fields,
  name: string,
  minimum: number,
  maximum = Number.MAX_SAFE_INTEGER,
): number {
  const value = input[name];
  if (typeof value === "number" && Number.isInteger(value) && value >= minimum && value <= maximum)
    return value;
  throw new ControlInputError(
    name,
    `an integer from ${minimum}${maximum === Number.MAX_SAFE_INTEGER ? "" : ` to ${maximum}`}`,
    value,
  );
}

const FAULT_FIELDS = ["match", "times", "kind", "status", "body", "ms"];

/** Reads one fault or a list of them. `times` is 1 when it is left out. */
export function faultsFrom(body: unknown): Fault[] {
  return (Array.isArray(body) ? body : [body]).map((item: unknown) =>
    faultFrom(fields(item, FAULT_FIELDS, "fault")),
  );
}

function faultFrom(input: Fields): Fault {
  const match = matchFrom(input.match);
  const times = input.times === undefined ? 1 : integerField(input, "times", 1);
  const kind = input.kind;
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
      return { kind, match, times, ms: integerField(input, "ms", 1, 120_000) };
    case "reset_after_commit":
    case "truncate":
    case "drop_webhooks":
      return { kind, match, times };
    default:
      throw new ControlInputError(
        "fault.kind",
        "status, delay, reset_after_commit, truncate, stall or drop_webhooks",
        kind,
      );
  }
}

function matchFrom(value: unknown): Fault["match"] {
  if (value === undefined) return {};
  const input = fields(value, ["method", "path"], "fault.match");
  return {
    ...(input.method === undefined ? {} : { method: textField(input, "method") }),
    ...(input.path === undefined ? {} : { path: textField(input, "path") }),
  };
}
