/** JSON that somebody else chose: for properties over what comes from outside. */
import fc from "fast-check";

/** Names that every object inherits, or that code asks a value for to learn what it is. */
export const HOSTILE_NAMES = [
  ...["constructor", "__proto__", "toString", "hasOwnProperty", "valueOf", "toJSON", "prototype", "length"],
  ...["__defineGetter__", "__lookupSetter__", "isPrototypeOf", "then", "name", "S", "N", "M", "L"],
  ...["\0__proto__", "", "\0"],
] as const;

/** As `JSON.parse` returns it: with hostile names at any depth, and numbers of any size. */
export const anyJson = fc.letrec<{ value: unknown; fields: Record<string, unknown> }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small" },
    fc.constantFrom(null, true, false, 1e40, -1e40, 1e-200, 5e-324, 2 ** 53, 1.5, 0, Infinity),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.string({ unit: "grapheme" }),
    fc.array(tie("value"), { maxLength: 4 }),
    tie("fields"),
  ),
  fields: fc
    .array(fc.tuple(fc.oneof(fc.constantFrom(...HOSTILE_NAMES), fc.string()), tie("value")), { maxLength: 5 })
    .map((entries) => Object.fromEntries(entries)),
}));
