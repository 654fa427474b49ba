import { describe, expect, it } from "@jest/globals";
import { nearest } from "../../../lib/contract/suggestion.ts";

describe("the nearest known word", () => {
  it.each([
    ["amuont", "amount"],
    ["Amount", "amount"],
    ["amout", "amount"],
    ["curency", "currency"],
    ["customer_id", "customerId"],
  ])("of %s is %s", (word, near) => {
    expect(nearest(word, ["amount", "currency", "customerId"])).toBe(near);
  });

  it.each(["x", "price", ""])("of %j is none", (word) => {
    expect(nearest(word, ["amount", "currency", "a"])).toBeUndefined();
  });

  it("among none is none", () => {
    expect(nearest("a", [])).toBeUndefined();
  });
});
