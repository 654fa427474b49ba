import { describe, expect, it } from "@jest/globals";
import { spellingHints } from "../../../../lib/compiler/policy/spelling-hints.ts";

const hinted = (condition: string) =>
  spellingHints(condition).map(({ offset, message }) => `${offset} ${message}`);

describe("given a condition in the words of another language", () => {
  it.each([
    ["a AND b", ["2 in CEL, AND is spelled &&"]],
    ["a or not b", ["2 in CEL, or is spelled ||", "5 in CEL, not is spelled !"]],
    ["a NOT  \n IN b", ["2 in CEL, NOT IN is spelled !(x in [...])"]],
    ["a = b", ["2 in CEL, = is spelled =="]],
    ["a <> b", ["2 in CEL, <> is spelled !="]],
  ])("%j has the hints %j", (condition, hints) => {
    expect(hinted(condition)).toEqual(hints);
  });
});

describe("given words and signs that are not operators", () => {
  it.each([
    "a in b",
    "a == b || c != d && e <= f && g >= h",
    "a.and || b.or",
    "android || order || notes",
    "// this AND that = those",
    `a == "this AND that"`,
    `a == 'this AND that'`,
    `a == "with \\" AND quotes"`,
    `a == 'with \\' AND quotes'`,
    `a == """two "quoted" AND\nlines ="""`,
    `a == '''two 'quoted' AND\nlines ='''`,
    `a == "" && b == ''`,
    `a == """""" && b == ''''''`,
  ])("%j has no hint", (condition) => {
    expect(hinted(condition)).toEqual([]);
  });

  it.each([
    [`a == "x" AND b == "y"`, 9],
    [`a == 'x' AND b == 'y'`, 9],
    [`a == """x""" AND b == """y"""`, 13],
    [`a == '''x''' AND b == '''y'''`, 13],
    [`a == "x\\\\" AND b`, 11],
    ["a // b\nAND c", 7],
  ])("%j has a hint for the operator beside the text", (condition, offset) => {
    expect(hinted(condition)).toEqual([`${offset} in CEL, AND is spelled &&`]);
  });
});
