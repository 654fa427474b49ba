/** Reads the JSON that is sent to the control interface. */

/** The input is wrong; the message says which field and what would be right. */
export class ControlInputError extends Error {
  override name = "ControlInputError";

  constructor(field: string, expected: string, actual: unknown) {
    super(
      `${field}: expected ${expected}, got ${actual === undefined ? "nothing" : JSON.stringify(actual)}.`,
    );
  }
}

export type Fields = Record<string, unknown>;

/** The fields of an object. Throws a ControlInputError for anything else, and for a field that is not `known`. */
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
