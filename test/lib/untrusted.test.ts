import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import {
  entryOf,
  fieldOf,
  fieldsOf,
  isoTimeOf,
  isRecord,
  listOf,
  numberOf,
  parseJson,
  textFor,
  textOf,
  textsOf,
  wholeNumberOf,
} from "../../lib/untrusted.ts";

const INHERITED = Object.getOwnPropertyNames(Object.prototype);
const NOT_RECORDS = [undefined, null, true, 7, "text", [1], Symbol("s"), 7n];

const anything = fc.anything({
  withBigInt: true,
  withBoxedValues: true,
  withDate: true,
  withMap: true,
  withNullPrototype: true,
  withObjectString: true,
  withSet: true,
  withSparseArray: true,
  withTypedArray: true,
  key: fc.oneof(fc.string(), fc.constantFrom(...INHERITED)),
});

describe("given a value of any shape", () => {
  it("reading it never throws, and finds nothing that the value inherits", () => {
    fc.assert(
      fc.property(
        anything,
        fc.array(fc.constantFrom(...INHERITED, "0", "length"), { minLength: 1 }),
        (value, path) => {
          isRecord(value);
          textOf(value);
          numberOf(value);
          listOf(value);
          textsOf(value);
          parseJson(value);
          const fields = fieldsOf(value);
          expect(Reflect.ownKeys(fields)).toEqual(isRecord(value) ? Object.keys(value) : []);
          for (const name of INHERITED) {
            const isOwn = isRecord(value) && Object.keys(value).includes(name);
            expect(fields[name]).toBe(isOwn ? value[name] : undefined);
          }
          let expected: unknown = value;
          for (const name of path) expected = new Map(entriesOf(expected)).get(name);
          expect(fieldOf(value, ...path)).toBe(expected);
        },
      ),
    );
  });

  it.each(NOT_RECORDS)("%p is not an object with fields", (value) => {
    expect(isRecord(value)).toBe(false);
    expect(fieldsOf(value)).toEqual({});
  });

  it.each([[{}], [{ a: 1 }], [Object.create(null)]])("%p is an object with fields", (value) => {
    expect(isRecord(value)).toBe(true);
    expect(fieldsOf(value)).toEqual(value);
  });

  it("a copy of its fields does not change the value itself", () => {
    const value = { a: 1 };
    expect(Object.assign(fieldsOf(value), { a: 2 })).toEqual({ a: 2 });
    expect(value).toEqual({ a: 1 });
  });
});

describe("given a path", () => {
  const value = { a: { b: [{ c: null }, "text"] }, constructor: "sent" };

  it.each([
    [["a", "b", "0", "c"], null],
    [["a", "b", "1"], "text"],
    [["constructor"], "sent"],
    [[], value],
  ])("%p leads to %p", (path, found) => {
    expect(fieldOf(value, ...path)).toBe(found);
  });

  it.each([
    [["a", "c"]],
    [["a", "b", "2"]],
    [["a", "b", "length"]],
    [["a", "b", "1", "0"]],
    [["a", "b", "0", "c", "d"]],
    [["a", "constructor"]],
    [["__proto__"]],
  ])("%p leads nowhere", (path) => {
    expect(fieldOf(value, ...path)).toBeUndefined();
  });

  it("a field that JSON names __proto__ is the one that was sent", () => {
    const sent = parseJson('{"__proto__": {"admin": true}}');
    expect(fieldOf(sent, "__proto__", "admin")).toBe(true);
    expect(fieldOf(sent, "admin")).toBeUndefined();
    expect(fieldsOf(sent).admin).toBeUndefined();
  });
});

describe("given a value that must be of one type", () => {
  it("a value of another type is absent", () => {
    expect([textOf("t"), textOf(""), textOf(1), textOf(null)]).toEqual(["t", "", undefined, undefined]);
    expect([numberOf(0), numberOf("1"), numberOf(1n)]).toEqual([0, undefined, undefined]);
    expect([listOf([1, null]), listOf({ 0: 1, length: 1 }), listOf("ab")]).toEqual([[1, null], [], []]);
    expect([textsOf(["a", 1, null, "b"]), textsOf("ab")]).toEqual([["a", "b"], []]);
  });
});

describe("given a number of any size", () => {
  it("only a whole number that is exact counts as one, and only years up to 9999 have a time", () => {
    expect([0, -5, 2 ** 53 - 1].map(wholeNumberOf)).toEqual([0, -5, 2 ** 53 - 1]);
    for (const other of [1.5, 2 ** 53, 1e40, Infinity, Number.NaN, "1"]) {
      expect(wholeNumberOf(other)).toBeUndefined();
    }
    expect(isoTimeOf(0)).toBe("1970-01-01T00:00:00.000Z");
    expect(isoTimeOf(253_402_300_799)).toBe("9999-12-31T23:59:59.000Z");
    for (const other of [253_402_300_800, -1, 1e40, 1.5, "1", undefined])
      expect(isoTimeOf(other)).toBeUndefined();
  });
});

describe("given a value in place of a text", () => {
  it("it becomes a text, whatever names its fields have", () => {
    expect([1.5, true, null, "a"].map(textFor)).toEqual(["1.5", "true", "null", "a"]);
    expect(textFor(JSON.parse('{"toString":1,"__proto__":{}}'))).toBe('{"toString":1,"__proto__":{}}');
  });
});

describe("given a text", () => {
  it("every JSON text is read as its value", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(parseJson(JSON.stringify(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  it.each(["", "{", "undefined", "{a: 1}", undefined, 7, { toString: () => "7" }])(
    "%p is not JSON, and is read as undefined",
    (text) => {
      expect(parseJson(text)).toBeUndefined();
    },
  );
});

describe("given one of our tables and a name from outside", () => {
  it("the table's own entry is found, and never one that every object inherits", () => {
    const table = { known: "entry" };
    expect(entryOf(table, "known")).toBe("entry");
    for (const name of [...INHERITED, "unknown"]) expect(entryOf(table, name)).toBeUndefined();
  });
});

function entriesOf(value: unknown): [string, unknown][] {
  return typeof value === "object" && value !== null ? Object.entries(value) : [];
}
