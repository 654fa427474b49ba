import { describe, expect, it } from "@jest/globals";
import { knownValue } from "../../../../lib/compiler/policy/known-value.ts";
import { parseCondition } from "../../../../lib/policy/condition.ts";

const known = (condition: string) =>
  knownValue(parseCondition(condition).ast, { capability: "send-email", action: "invoke" });

describe("given a condition and the variables that are known at build time", () => {
  it.each<[string, unknown]>([
    ["true", true],
    ["false", false],
    ["5", 5n],
    ["5.5", 5.5],
    ['"text"', "text"],
    ["null", null],
    ['b"bytes"', undefined],
    ["capability", "send-email"],
    ["input", undefined],
    ["[1, 2]", [1n, 2n]],
    ["[1, input.x]", undefined],
    ['{"a": 1}', undefined],

    ['capability == "send-email"', true],
    ['capability == "audit"', false],
    ['"audit" == capability', false],
    ["capability == stage", undefined],
    ["stage == capability", undefined],
    ['capability != "send-email"', false],
    ['capability != "audit"', true],
    ["capability != stage", undefined],
    ["1 == 1", true],
    ["1 == 2", false],
    ["1 == 1.0", true],
    ["1 == 1.5", false],
    ['1 == "1"', false],
    ["null == null", true],
    ["null == 1", false],
    ["[1] == [1]", undefined],
    ["1 == [1]", undefined],

    ['capability in ["audit", "send-email"]', true],
    ['capability in ["audit", "read"]', false],
    ["capability in []", false],
    ["stage in []", false],
    ["capability in [stage]", undefined],
    ['capability in [stage, "send-email"]', true],
    ["stage in [capability]", undefined],
    ['capability in {"send-email": 1}', true],
    ['capability in {"audit": 1}', false],
    ["capability in principal.roles", undefined],

    ["!true", false],
    ['!(capability == "audit")', true],
    ["!(stage == capability)", undefined],
    ["!input.x", undefined],

    ["true && true", true],
    ['stage == "dev" && false', false],
    ['false && stage == "dev"', false],
    ['true && stage == "dev"', undefined],
    ['stage == "dev" && true', undefined],
    ["false || false", false],
    ['stage == "dev" || true', true],
    ['true || stage == "dev"', true],
    ['false || stage == "dev"', undefined],

    ["true ? 1 : 2", 1n],
    ["false ? 1 : 2", 2n],
    ['stage == "dev" ? 1 : 2', undefined],
    ['stage == "dev" ? 1 : 1', 1n],
    ['stage == "dev" ? false : action == "read"', false],
    ['stage == "dev" ? stage : stage', undefined],

    ["1 < 2", undefined],
    ['capability.startsWith("send")', undefined],
    ["has(input.x)", undefined],
  ])("%s is %p", (condition, value) => {
    expect(known(condition)).toEqual(value);
  });
});
