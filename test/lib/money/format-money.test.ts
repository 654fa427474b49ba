import { describe, expect, it } from "@jest/globals";
import { formatMoney } from "../../../lib/money/format-money.ts";

/** Intl separates with no-break spaces. */
const plain = (text: string) => text.replaceAll(/\s/g, " ");

describe("given money in its smallest unit", () => {
  it.each([
    [4200, "usd", "$42.00"],
    [1, "usd", "$0.01"],
    [99_999_999, "usd", "$999,999.99"],
    [500, "jpy", "¥500"],
    [999, "eur", "€9.99"],
    [5120, "kwd", "KWD 5.120"],
    [500, "isk", "ISK 5.00"],
    [17500, "huf", "HUF 175.00"],
  ])("%d %s reads %s", (amount, currency, expected) => {
    expect(plain(formatMoney({ amount, currency }))).toBe(expected);
  });

  it("another locale formats it differently", () => {
    expect(plain(formatMoney({ amount: 123_456, currency: "eur" }, "de-DE"))).toBe("1.234,56 €");
  });
});
