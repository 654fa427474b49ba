/**
 * Reads values of unknown shape: JSON that came from outside, items of a table, an SDK's response. Never throws. Only a
 * value's own fields are found, so a field named `constructor` or `__proto__` is the one that was sent, and never the one that
 * every object inherits. Pure.
 */

export type Fields = Readonly<Record<string, unknown>>;

/** Whether `value` is an object with fields: not null, and not a list. */
export function isRecord(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A copy of the object's own fields that inherits nothing; empty if `value` is not an object with fields. */
export function fieldsOf(value: unknown): Fields {
  return { __proto__: null, ...(isRecord(value) ? value : undefined) };
}

/** The value at `path`, through fields and through lists by index; undefined if it leads nowhere. */
export function fieldOf(value: unknown, ...path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (node, name) => (typeof node === "object" && node !== null ? ownField(node, name) : undefined),
    value,
  );
}

function ownField(node: object, name: string): unknown {
  // It must be enumerable too: the length of a list is its own property, but not one of its items.
  return Object.prototype.propertyIsEnumerable.call(node, name) ? Reflect.get(node, name) : undefined;
}

export function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

export function numberOf(value: unknown): number | undefined {
  return typeof value === "number" ? value : undefined;
}

/** A whole number that JavaScript has exactly, such as an amount. */
export function wholeNumberOf(value: unknown): number | undefined {
  return Number.isSafeInteger(value) ? numberOf(value) : undefined;
}

/** The time of Unix seconds, as ISO 8601 in UTC; undefined if it is not a time of the years 1970 to 9999. */
export function isoTimeOf(seconds: unknown): string | undefined {
  return isUnixTime(seconds) ? new Date(seconds * 1000).toISOString() : undefined;
}

/** Whether `value` is a time of the years 1970 to 9999 in Unix seconds. */
export function isUnixTime(value: unknown): value is number {
  const whole = wholeNumberOf(value) ?? -1;
  return whole >= 0 && whole <= LAST_SECOND;
}

/** The end of the year 9999: ISO 8601 writes later years in another form. */
const LAST_SECOND = 253_402_300_799;

/**
 * Text for a value that should be one: a number or a flag as it is written, an object or a list as JSON. An object's own
 * `toString`, which came from outside too, is never asked.
 */
export function textFor(value: unknown): string {
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** The list's items; none if `value` is not a list. */
export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** The texts among the list's items; none if `value` is not a list. */
export function textsOf(value: unknown): string[] {
  return listOf(value).filter((item) => typeof item === "string");
}

/** The value of the JSON in `text`; undefined if `text` is not JSON. */
export function parseJson(text: unknown): unknown {
  if (typeof text !== "string") return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The entry of one of our tables under a name that came from outside. */
export function entryOf<T>(table: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined;
}
