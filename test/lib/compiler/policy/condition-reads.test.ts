import { describe, expect, it } from "@jest/globals";
import { readsOf } from "../../../../lib/compiler/policy/condition-reads.ts";
import { parseCondition } from "../../../../lib/policy/condition.ts";

const reads = (condition: string) =>
  readsOf(parseCondition(condition).ast, { capability: "send-email", action: "invoke" }).map(
    ({ root, path, asked, guards }) =>
      [
        asked ? `has(${[root, ...path].join(".")})` : [root, ...path].join("."),
        ...(guards.size === 0 ? [] : [`after ${[...guards].join(", ")}`]),
      ].join(" "),
  );

describe("given a condition", () => {
  it.each<[string, string[]]>([
    ["true", []],
    ["null == null", []],
    ['b"bytes" == b"bytes"', []],
    ["input.a", ["input.a"]],
    ["input.a.b[0].c", ["input.a.b.*.c"]],
    ['input["a"]', ["input.a"]],
    ["input.a[stage]", ["input.a.*", "stage"]],
    ["input.a[input.b].c", ["input.a.*.c", "input.b"]],
    ["input.a[input.b][input.c]", ["input.a.*.*", "input.b", "input.c"]],
    ["has(input.a.b)", ["has(input.a.b)"]],
    ["-input.a < 5", ["input.a"]],
    ["[input.a, {input.b: input.c}]", ["input.a", "input.b", "input.c"]],
    ['{"x": 1}[input.a]', ["input.a"]],
    ["size(input.a) > input.b", ["input.a", "input.b"]],
    ["input.a.startsWith(input.b)", ["input.a", "input.b"]],
    ["input.a.exists(x, x == input.b)", ["input.a", "input.b"]],
    ["cel.bind(limit, input.a, limit > input.b)", ["input.a", "input.b"]],
    ["input.a ? input.b : input.c", ["input.a", "input.b", "input.c"]],
  ])("%s: every variable that is read is found, with its field", (condition, expected) => {
    expect(reads(condition)).toEqual(expected);
  });

  it.each<[string, string[]]>([
    ['action == "step" && input.a', ["action"]],
    ['action == "invoke" || input.a', ["action"]],
    ['action == "invoke" ? input.a : input.b', ["action", "input.a"]],
    ['action == "step" ? input.a : input.b', ["action", "input.b"]],
  ])("%s: an unreachable part is not read", (condition, expected) => {
    expect(reads(condition)).toEqual(expected);
  });

  it.each<[string, string[]]>([
    ["has(input.a) && input.a", ["has(input.a)", "input.a after input.a"]],
    ["has(input.a.b) && input.a.b", ["has(input.a.b)", "input.a.b after input.a, input.a.b"]],
    ["!has(input.a) || input.a", ["has(input.a)", "input.a after input.a"]],
    ["has(input.a) ? input.a : input.b", ["has(input.a)", "input.a after input.a", "input.b"]],
    ["!has(input.a) ? input.a : input.b", ["has(input.a)", "input.a", "input.b after input.a"]],
    [
      "(has(input.a) && has(input.b)) && input.c",
      ["has(input.a)", "has(input.b) after input.a", "input.c after input.a, input.b"],
    ],
    ["(has(input.a) || has(input.b)) && input.c", ["has(input.a)", "has(input.b)", "input.c"]],
    [
      "(!has(input.a) || !has(input.b)) || input.c",
      ["has(input.a)", "has(input.b) after input.a", "input.c after input.a, input.b"],
    ],
    ["has(input.a) || input.a", ["has(input.a)", "input.a"]],
    ["!has(input.a) && input.a", ["has(input.a)", "input.a"]],
    ["bool(input.a) && input.a", ["input.a", "input.a"]],
    ["input.a && input.a", ["input.a", "input.a"]],
  ])("%s: a test guards the reads that follow it", (condition, expected) => {
    expect(reads(condition)).toEqual(expected);
  });
});
