/** Conditions as the Lambdas evaluate them, against cel-js: any condition, any input, the same verdict word for word. */
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { compileCondition } from "../../../lib/compiler/policy/compile-condition.ts";
import { compiledCondition } from "../../../lib/policy/compiled-condition.ts";
import { interpretedCondition, parseCondition } from "../../../lib/policy/condition.ts";
import { type Facts, factsOf, type Verdict } from "../../../lib/policy/facts.ts";
import { tries } from "../../steps/effort.ts";
import { aQuery } from "./rules.ts";

/** Undefined if the condition is not compiled. */
function compiledFrom(text: string): ((facts: Facts) => Verdict) | undefined {
  const parsed = parseCondition(text);
  const { valid, type } = parsed.check();
  if (!valid || type !== "bool") return undefined;
  const tree = compileCondition(parsed.ast);
  return tree === undefined ? undefined : compiledCondition(text, tree);
}

const NAMES = ["a", "b", "list", "map", "constructor", "__proto__"] as const;
const name = fc.constantFrom(...NAMES);
const text = fc.constantFrom("", "a", "ab", "b", "usd", "🙂", "constructor");
const leaf: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom(0, 1, 2, -1, 0.5, 1.5, 2 ** 53, 1e21, true, false, null),
  text,
);
const value = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    leaf,
    fc.array(tie("value"), { maxLength: 3 }),
    fc.dictionary(name, tie("value"), { maxKeys: 3 }),
  ),
})).value;
const list = fc.array(value, { maxLength: 3 });
const map = fc.dictionary(name, value, { maxKeys: 4 });
const input = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ a: value, b: leaf, list: fc.oneof(list, value), map: fc.oneof(map, value) }),
  },
  { weight: 1, arbitrary: map },
);
const usage = fc.option(fc.record({ callsThisMinute: fc.nat(3) }, { requiredKeys: [] }), { nil: undefined });

/** Most of the conditions have wrong types, and are refused: so the parts are chosen by the type that they should have. */
const { truth } = fc.letrec<Record<"truth" | "any" | "number" | "words" | "list" | "map", string>>((tie) => {
  const [truth, any, number, words, list, map] = [
    tie("truth"),
    tie("any"),
    tie("number"),
    tie("words"),
    tie("list"),
    tie("map"),
  ];
  const joined = (pattern: string, ...parts: fc.Arbitrary<string>[]) =>
    fc.tuple(...parts).map((found) => found.reduce((whole, part) => whole.replace("§", () => part), pattern));
  const read = fc.oneof(
    name.map((field) => `input.${field}`),
    fc.tuple(name, name).map(([field, inner]) => `input.${field}.${inner}`),
    fc.constantFrom(
      "usage.callsThisMinute",
      "principal.id",
      "principal.roles",
      "principal.customerId",
      "item",
      "bound",
    ),
    joined("input.list[§]", number),
    joined("input.map[§]", any),
  );
  const comparison = fc.constantFrom("<", "<=", ">", ">=");
  const depth = { maxDepth: 4, depthSize: "small" } as const;
  return {
    truth: fc.oneof(
      depth,
      fc.constantFrom("true", "false"),
      joined("§ == §", any, any),
      joined("§ != §", any, any),
      fc.tuple(number, comparison, number).map((parts) => parts.join(" ")),
      fc.tuple(read, comparison, read).map((parts) => parts.join(" ")),
      joined("§ in §", any, list),
      joined("§ in §", any, map),
      joined(
        "has(§)",
        fc.tuple(name, name).map(([field, inner]) => `input.${field}.${inner}`),
      ),
      joined(
        "has(§)",
        name.map((field) => `input.${field}`),
      ),
      joined("(§ && §)", truth, truth),
      joined("(§ || §)", truth, truth),
      joined("(§ && §)", read, truth),
      joined("(§ || §)", truth, read),
      joined("!(§)", truth),
      joined("!§", read),
      joined("(§ ? § : §)", truth, truth, truth),
      joined("(§ ? § : §)", read, truth, truth),
      joined("§.exists(item, §)", list, truth),
      joined("§.all(item, §)", list, truth),
      joined("§.exists_one(item, §)", list, truth),
      joined("cel.bind(bound, §, §)", any, truth),
      fc
        .tuple(words, fc.constantFrom("startsWith", "endsWith", "contains"), words)
        .map(([whole, test, part]) => `${whole}.${test}(${part})`),
    ),
    any: fc.oneof(
      depth,
      read,
      number,
      words,
      list,
      map,
      fc.constantFrom("null", "true"),
      joined("(§)", truth),
    ),
    number: fc.oneof(
      depth,
      fc.constantFrom("0", "1", "2", "-1", "0.5", "9223372036854775807"),
      read,
      fc
        .tuple(number, fc.constantFrom("+", "-", "*", "/", "%"), number)
        .map((parts) => `(${parts.join(" ")})`),
      joined("-(§)", number),
      joined("size(§)", any),
      joined("§.size()", list),
      joined('{"a": §, "b": §}[§]', fc.constantFrom("1", "2"), fc.constantFrom("3", "4"), any),
    ),
    words: fc.oneof(
      depth,
      text.map((words) => JSON.stringify(words)),
      read,
      joined("(§ + §)", words, words),
    ),
    list: fc.oneof(
      depth,
      fc.constantFrom("[]", "[1, 2]", '["a", "usd"]', "[[1], [2, 3]]"),
      read,
      joined("[§]", any),
      joined("[§, §]", read, read),
      joined("(§ + §)", list, list),
    ),
    map: fc.oneof(
      depth,
      fc.constantFrom(
        "{}",
        '{"a": 1, "b": 2}',
        '{"constructor": 1}',
        "{1: true, 2: false}",
        '{"a": {"b": 1}}',
      ),
      read,
      joined('{"a": §}', any),
      joined("{§: 1}", words),
    ),
  };
});

describe("given any condition and any input", () => {
  it("the compiled condition and cel-js come to the same verdict, for the same reason", () => {
    const seen = new Map<string, number>();
    const note = (what: string) => seen.set(what, (seen.get(what) ?? 0) + 1);
    fc.assert(
      fc.property(
        truth,
        fc.array(fc.tuple(input, usage), { minLength: 3, maxLength: 3 }),
        (condition, queries) => {
          const compiled = compiledFrom(condition);
          if (compiled === undefined) {
            note("not compiled");
            return;
          }
          for (const [fields, counted] of queries) {
            const facts = factsOf(aQuery({ input: fields, ...(counted && { usage: counted }) }));
            const expected = interpretedCondition(condition)(facts);
            note(expected.outcome);
            if (expected.why !== undefined) note(expected.why.replace(/.* (?=is|cannot)/, ""));
            expect([condition, compiled(facts)]).toEqual([condition, expected]);
          }
        },
      ),
      { numRuns: tries({ sample: 600, whole: 20_000 }) },
    );
    for (const what of [
      "matched",
      "did not match",
      "could not be decided",
      "is missing",
      "is neither true nor false",
    ])
      expect([what, seen.get(what)]).toEqual([what, expect.any(Number)]);
  });
});

describe("given what only cel-js evaluates", () => {
  it.each([
    'now < timestamp("2027-01-01T00:00:00Z")',
    'input.a.matches("^a")',
    "int(input.a) == 1",
    "input.list.filter(item, item > 1) == [2]",
    "([1] + input.list)[0] == 1",
    "type(input.a) == string",
    'b"a" == b"b"',
  ])("%s is not compiled", (condition) => {
    expect(compiledFrom(condition)).toBeUndefined();
  });
});
