/**
 * The values of CEL in a compiled condition: text, true and false, null, bigint for integers, number for doubles, lists, and maps. What came
 * from a query is a Map; a map that a condition writes down is a plain object. Behaves as cel-js does. Pure.
 */

type CelMap = ReadonlyMap<unknown, unknown> | Readonly<Record<string, unknown>>;

function isMap(value: unknown): value is CelMap {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

const isList = (value: unknown): value is readonly unknown[] => Array.isArray(value);

/** The value under `key` of a map; undefined if there is none, or `holder` is not a map. */
export function memberOf(holder: unknown, key: unknown): unknown {
  if (!isMap(holder)) return undefined;
  if (holder instanceof Map) return holder.get(key);
  return Object.hasOwn(holder, String(key)) ? Reflect.get(holder, String(key)) : undefined;
}

/** The result of `value in holder`; undefined if `holder` is neither a list nor a map. */
export function isMember(value: unknown, holder: unknown): boolean | undefined {
  if (isList(holder)) return holder.some((item) => equalValues(value, item));
  return isMap(holder) ? memberOf(holder, value) !== undefined : undefined;
}

/** What a quantifier goes through: the items of a list, the keys of a map; undefined for anything else. */
export function keysOf(value: unknown): readonly unknown[] | undefined {
  if (isList(value)) return value;
  if (value instanceof Map) return [...value.keys()];
  return isMap(value) ? Object.keys(value) : undefined;
}

/** In characters, items or entries; undefined for a value without size. */
export function sizeOf(value: unknown): bigint | undefined {
  if (typeof value === "string") return BigInt([...value].length);
  const keys = keysOf(value);
  return keys === undefined ? undefined : BigInt(keys.length);
}

/** An integer equals a double of the same value. Values of other types are equal only within their type. */
export function equalValues(one: unknown, other: unknown): boolean {
  if (one === other) return true;
  if (typeof one === "bigint") return typeof other === "number" && sameNumber(one, other);
  if (typeof one === "number") return typeof other === "bigint" && sameNumber(other, one);
  if (isList(one))
    return (
      isList(other) && one.length === other.length && one.every((item, at) => equalValues(item, other[at]))
    );
  return isMap(one) && isMap(other) && equalMaps(one, other);
}

const sameNumber = (integer: bigint, double: number) => integer <= double && integer >= double;

function equalMaps(one: CelMap, other: CelMap): boolean {
  const keys = [...entriesOf(one)];
  if (keys.length !== entriesOf(other).length) return false;
  return keys.every(([key, value]) => {
    const same = memberOf(other, key);
    return same !== undefined && equalValues(value, same);
  });
}

const entriesOf = (map: CelMap): readonly (readonly [unknown, unknown])[] =>
  map instanceof Map ? [...map] : Object.entries(map);
