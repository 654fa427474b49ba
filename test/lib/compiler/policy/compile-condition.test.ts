/** The trees that conditions are compiled to. That they decide as cel-js does is tested by test/lib/policy/every-kind-of-value.test.ts. */
import { describe, expect, it } from "@jest/globals";
import { compileCondition } from "../../../../lib/compiler/policy/compile-condition.ts";
import { parseCondition } from "../../../../lib/policy/condition.ts";

function treeOf(condition: string) {
  const parsed = parseCondition(condition);
  expect(parsed.check()).toMatchObject({ valid: true, type: "bool" });
  return compileCondition(parsed.ast);
}

const x = (start: number) => [".", ["variable", "input", [start, start + 5]], "x", [start, start + 7]];

describe("given a condition of the common part of CEL", () => {
  it.each([
    ["true", ["value", true]],
    ['stage == "dev"', ["==", ["variable", "stage", [0, 5]], ["value", "dev"]]],
    ["null == input.x", ["==", ["value", null], x(8)]],
    ["1.5 == input.x", ["==", ["value", 1.5], x(7)]],
    [
      "size(input.x) == 1",
      ["==", ["size", [".", ["variable", "input", [5, 10]], "x", [5, 12]], [0, 13]], ["value", 1n]],
    ],
    ["input.x.size() == 1", ["==", ["size", x(0), [0, 14]], ["value", 1n]]],
    ["cel.bind(a, 1, a == 1)", ["bind", "a", ["value", 1n], ["==", ["local", "a"], ["value", 1n]]]],
    [
      "input.x.exists(cel, cel == 1)",
      ["exists", x(0), "cel", ["==", ["local", "cel"], ["value", 1n]], [0, 7], [20, 28]],
    ],
    [
      "input.x.all(i, i > 1)",
      ["all", x(0), "i", [">", ["local", "i"], ["value", 1n], [15, 20]], [0, 7], [15, 20]],
    ],
    ["input.x.exists_one(i, true)", ["exists_one", x(0), "i", ["value", true], [0, 7], [22, 26]]],
    ['input.x.startsWith("a")', ["startsWith", x(0), ["value", "a"], [0, 23]]],
    ['input.x.endsWith("a")', ["endsWith", x(0), ["value", "a"], [0, 21]]],
    ['input.x.contains("a")', ["contains", x(0), ["value", "a"], [0, 21]]],
    ["has(input.x)", ["has", ["variable", "input", [4, 9]], [["x", [4, 11]]]]],
  ])("%s is compiled", (condition, tree) => {
    expect(treeOf(condition)).toEqual(tree);
  });

  it("a list or a map of literals is a value; one with anything else is made at each evaluation", () => {
    expect(treeOf("[1, 2] == input.x")).toEqual(["==", ["value", [1n, 2n]], x(10)]);
    expect(treeOf("[input.x] == [1]")).toEqual(["==", ["list", [x(1)]], ["value", [1n]]]);
    expect(treeOf('{"a": 1, "b": 2} == input.x')).toEqual(["==", ["value", { a: 1n, b: 2n }], x(20)]);
    expect(treeOf('{"a": input.x} == {"b": 1}')).toEqual([
      "==",
      ["map", [["a", x(6)]]],
      ["value", { b: 1n }],
    ]);
  });
});

describe("given a condition with anything else", () => {
  it.each([
    'now > timestamp("2026-01-01T00:00:00Z")',
    "timestamp(input.x) < now",
    'input.x.matches("a")',
    "type(input.x) == int",
    'b"a" == input.x',
    "[1] + [2] == input.x",
    "input.x.map(i, i) == [1]",
    "input.x.filter(i, i > 1) == [1]",
    '{"__proto__": 1} == input.x',
    '{"constructor": 1} == input.x',
    '{"prototype": 1} == input.x',
    "{input.x: 1} == input.y",
    "input.x ? now == now : true",
  ])("%s is left to cel-js", (condition) => {
    expect(treeOf(condition)).toBeUndefined();
  });
});
