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

  it.each(["x", "price", ""])("of %j does not exist", (word) => {
    expect(nearest(word, ["amount", "currency", "a"])).toBeUndefined();
  });

  it("does not exist if no word is known", () => {
    expect(nearest("a", [])).toBeUndefined();
  });
});
