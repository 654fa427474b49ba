/** Each operation of a condition on each pair of small values: the compiled condition and cel-js come to the same verdict. */
import { describe, expect, it } from "@jest/globals";
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
  "input.x / 0.0 > 1.0",
  "-(-9223372036854775807 - input.x) > 0",
];

/** Some of what they add up to, or differ by, and so on. */
const RESULTS = [0, 1, -1, 3, 14, -7, 0.75, 0.5, -1.5, 3.5, "aab", "aba", [1, 2, 1], [1, 1], ["a", "a"]];

/** The verdicts on all these inputs: of the compiled condition, and of cel-js. */
function verdictsOn(condition: string, inputs: readonly Readonly<Record<string, unknown>>[]) {
  const parsed = parseCondition(condition);
  const { valid, type } = parsed.check();
  const tree = valid && type === "bool" ? compileCondition(parsed.ast) : undefined;
  if (tree === undefined) throw new Error(`${condition} is not compiled`);
  const [compiled, interpreted] = [compiledCondition(condition, tree), interpretedCondition(condition)];
  const verdicts = inputs.map((input) => {
    const facts = factsOf(aQuery({ input, usage: { callsThisMinute: 2 } }));
    const { results: _results, ...shown } = input;
    return [JSON.stringify(shown), compiled(facts), interpreted(facts)] as const;
  });
  return {
    compiled: verdicts.map(([input, verdict]) => [input, verdict]),
    interpreted: verdicts.map(([input, , verdict]) => [input, verdict]),
  };
}

const PAIRS = VALUES.flatMap((x) => VALUES.map((y) => ({ x, y, results: RESULTS })));

describe("given each pair of values", () => {
  it.each(OF_TWO)("%s", (condition) => {
    const { compiled, interpreted } = verdictsOn(condition, PAIRS);
    expect(compiled).toEqual(interpreted);
    expect(new Set(interpreted.map(([, verdict]) => JSON.stringify(verdict))).size).toBeGreaterThan(1);
  });
});

describe("given each value", () => {
  it.each(OF_ONE)("%s", (condition) => {
    const { compiled, interpreted } = verdictsOn(
      condition,
      VALUES.map((x) => ({ x })),
    );
    expect(compiled).toEqual(interpreted);
  });
});
