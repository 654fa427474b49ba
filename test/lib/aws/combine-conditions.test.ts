import { randomUUID } from "node:crypto";
import { describe, expect, it } from "@jest/globals";
import { allOf, anyOf } from "../../../lib/aws/combine-conditions.ts";
import { type Condition, putItem } from "../../../lib/aws/dynamodb.ts";
import * as given from "../../steps/given.ts";

given.localAws();

const IS_RED: Condition = {
  expression: "#color = :red",
  names: { "#color": "color" },
  values: { ":red": "red" },
};
const IS_BIG: Condition = { expression: "size_cm >= :big", values: { ":big": 100 } };
const HAS_NAME: Condition = { expression: "attribute_exists(label)" };
const ITEMS = [
  { color: "red", size_cm: 200, label: "a" },
  { color: "red", size_cm: 1 },
  { color: "blue", size_cm: 200 },
  { color: "blue", size_cm: 1, label: "b" },
];

/** The ITEMS for which the condition holds. */
async function held(condition: Condition): Promise<number[]> {
  const results = await Promise.all(
    ITEMS.map(async (item) => {
      const stored = { id: randomUUID(), ...item };
      await putItem("IdempotencyKeysTable", stored);
      return putItem("IdempotencyKeysTable", stored, condition);
    }),
  );
  return results.flatMap((isHeld, index) => (isHeld ? [index] : []));
}

describe("given conditions with their own names and values", () => {
  it.each<[string, Condition, number[]]>([
    ["both", allOf(IS_RED, IS_BIG), [0]],
    ["either", anyOf(IS_RED, IS_BIG), [0, 1, 2]],
    ["one alone", allOf(IS_BIG), [0, 2]],
    ["one, next to undefined parts", anyOf(undefined, IS_RED, undefined), [0, 1]],
    ["all of any", allOf(anyOf(IS_RED, HAS_NAME), IS_BIG), [0]],
    ["any of all", anyOf(allOf(IS_RED, IS_BIG), HAS_NAME), [0, 3]],
    ["any of all of one", anyOf(allOf(IS_RED), allOf(HAS_NAME)), [0, 1, 3]],
    ["without names and values", allOf(HAS_NAME, HAS_NAME), [0, 3]],
  ])("%s holds exactly for the items that its parts hold for", async (_what, condition, expected) => {
    expect(await held(condition)).toEqual(expected);
  });

  it("only several parts get parentheses, as DynamoDB requires", () => {
    expect(anyOf(allOf(IS_RED), allOf(IS_BIG, HAS_NAME))).toEqual({
      expression: "(#color = :red) OR ((size_cm >= :big) AND (attribute_exists(label)))",
      names: { "#color": "color" },
      values: { ":red": "red", ":big": 100 },
    });
    expect(allOf(HAS_NAME)).toBe(HAS_NAME);
    expect(allOf()).toEqual({});
  });
});
