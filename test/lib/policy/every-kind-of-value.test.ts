/** Each operation of a condition on each pair of small values: the compiled condition and cel-js come to the same verdict. */
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { compileCondition } from "../../../lib/compiler/policy/compile-condition.ts";
import { compiledCondition } from "../../../lib/policy/compiled-condition.ts";
import { interpretedCondition, parseCondition } from "../../../lib/policy/condition.ts";
import { factsOf } from "../../../lib/policy/facts.ts";
import { aQuery } from "./rules.ts";

/** JSON's kinds of values, each more than once. `undefined` stands for a field that is missing. */
const VALUES: readonly unknown[] = [
  ...[undefined, null, true, false, 0, 1, 2, -1, 7, 0.5, 1.5, 2 ** 53],
  ...["", "a", "ab", "ba", "🙂"],
  ...[[], [1], [1, 2], [2, 1], ["a"], [[1]], [true], [false, true], [true, true], [null, true]],
  ...[{}, { a: 1 }, { b: 1 }, { a: 2 }, { a: 1, b: 2 }, { a: { b: 1 } }, { a: null }, { a: true }],
];

const OF_TWO = [
  ...["==", "!=", "in", "<", "<=", ">", ">="].map((operator) => `input.x ${operator} input.y`),
  ...["+", "-", "*", "/", "%"].flatMap((operator) => [
    `(input.x ${operator} input.y) == 2`,
    `(input.x ${operator} input.y) == input.x`,
    `(input.x ${operator} input.y) in input.results`,
  ]),
  "-input.x == input.y",
  "!input.x || input.y == 1",
  "input.x && input.y",
  "input.x || input.y",
  "input.x ? input.y == 1 : input.y == 2",
  "input.x.a == input.y",
  "input.x.a.b == input.y",
  "input.x[input.y] == 1",
  "input.x[0] == input.y",
  "size(input.x) == input.y",
  "input.x.startsWith(input.y)",
  "input.x.endsWith(input.y)",
  "input.x.contains(input.y)",
  "[input.x, input.y] == [input.y, input.x]",
  "[input.x] == input.y",
  "[input.x, input.y] == [input.y]",
  "[input.x.a, input.y.a] == []",
  '{"a": input.x} == input.y',
  'input.y == {"a": input.x}',
  '{"a": input.x, "b": input.y} == {"b": input.y, "a": input.y}',
  '{"a": input.x, "b": input.y} == {"a": input.x}',
  '{"a": input.x} == {"b": input.y}',
  '{"a": input.x}["a"] == input.y',
  'input.y in {"a": 1, "": 2}',
  "input.x.all(item, item == input.y)",
  "input.x.exists(item, item == input.y)",
  "input.x.exists_one(item, item == input.y)",
  "input.x.all(item, item < input.y)",
  "input.x.exists(item, item < input.y)",
  "input.x.exists(item, item)",
  "input.x.all(item, item)",
  "input.x.exists_one(item, item)",
  "cel.bind(bound, input.x, bound == input.y)",
  "cel.bind(bound, input.x, cel.bind(bound, input.y, bound == input.y) && bound == input.x)",
  "cel.bind(outer, input.x, cel.bind(inner, input.y, outer == inner))",
  "cel.bind(bound, input.x, [1].exists(item, bound == input.y))",
];

const OF_ONE = [
  "has(input.x)",
  "has(input.x.a)",
  "has(input.x.a.b)",
  "!input.x",
  "true && input.x",
  "input.x || true",
  "input.x && false",
  "false || input.x",
  "input.missing && input.x",
  "input.missing || input.x",
  "principal.id == input.x",
  "principal.customerId == input.x",
  "input.x in principal.roles",
  "{1: input.x} == {1: input.missing}",
  "usage.callsThisMinute == input.x",
  "size({1: input.x}) == 1",
  ...["+", "-", "*"].flatMap((operator) => [
    `(9223372036854775807 ${operator} input.x) > 0`,
    `(-9223372036854775807 ${operator} input.x) < 0`,
  ]),
  "input.x / 0 == 1",
  "input.x % 0 == 1",
  "input.x == 1.0",
  "1.0 == input.x",
  "[input.x] == [2.0]",
  '{"a": input.x} == {"a": 1.0}',
  "input.x in [1.0, 0.5]",
  "input.x[0.0] == 1",
  "input.x[1.0] == 1",
  "input.x[0.5] == 1",
  "[1, 2][input.x] == 1",
  "input.x < 1.5",
  "input.x + 0.5 == 1.5",
  "input.x / 0.0 > 1.0",
  "-(-9223372036854775807 - input.x) > 0",
];

/** Some of what they add up to, or differ by, and so on. */
const RESULTS = [0, 1, -1, 3, 14, -7, 0.75, 0.5, -1.5, 3.5, "aab", "aba", [1, 2, 1], [1, 1], ["a", "a"]];

/** Which inputs get another verdict from the compiled condition than from cel-js, and how many verdicts cel-js comes to. */
function comparedOn(condition: string, given: typeof PAIRS) {
  const parsed = parseCondition(condition);
  const { valid, type } = parsed.check();
  const tree = valid && type === "bool" ? compileCondition(parsed.ast) : undefined;
  if (tree === undefined) throw new Error(`${condition} is not compiled`);
  const [compiled, interpreted] = [compiledCondition(condition, tree), interpretedCondition(condition)];
  const verdicts = new Set<string>();
  const differences = given.flatMap(({ facts, shown }) => {
    const [verdict, expected] = [JSON.stringify(compiled(facts)), JSON.stringify(interpreted(facts))];
    verdicts.add(expected);
    return verdict === expected ? [] : [{ ...shown, verdict, expected }];
  });
  return { differences, verdicts: verdicts.size };
}

function givenValues(shown: Readonly<Record<string, unknown>>) {
  const facts = factsOf(aQuery({ input: { ...shown, results: RESULTS }, usage: { callsThisMinute: 2 } }));
  return { shown, facts };
}

const PAIRS = VALUES.flatMap((x) => VALUES.map((y) => givenValues({ x, y })));

// Most pairs make cel-js throw, and a stack costs more than everything else here.
const stackTraceLimit = Error.stackTraceLimit;
beforeAll(() => {
  Error.stackTraceLimit = 0;
});
afterAll(() => {
  Error.stackTraceLimit = stackTraceLimit;
});

describe("given each pair of values", () => {
  it.each(OF_TWO)("%s", (condition) => {
    const { differences, verdicts } = comparedOn(condition, PAIRS);
    expect(differences).toEqual([]);
    expect(verdicts).toBeGreaterThan(1);
  });
});

describe("given each value", () => {
  it.each(OF_ONE)("%s", (condition) => {
    const each = VALUES.map((x) => givenValues({ x }));
    expect(comparedOn(condition, each).differences).toEqual([]);
  });
});
