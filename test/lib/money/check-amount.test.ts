import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { checkAmount } from "../../../lib/money/check-amount.ts";
import {
  amountStep,
  decimalsOf,
  isCurrency,
  maximumAmount,
  minimumAmount,
} from "../../../lib/money/currencies.ts";

describe("given an amount that Stripe would accept", () => {
  it.each([
    ["the minimum in dollars", 50, "usd"],
    ["the minimum in pounds", 30, "gbp"],
    ["the maximum", 99_999_999, "usd"],
    ["the maximum in rupiahs", 999_999_999_999, "idr"],
    ["the guilder that came in 2025", 100, "xcg"],
    ["whole yen", 50, "jpy"],
    ["one franc, which has no minimum", 1, "bif"],
    ["a dinar of three decimals that ends in 0", 5120, "kwd"],
    ["whole krónur, counted in hundredths", 500, "isk"],
  ])("%s is accepted", (_what, amount, currency) => {
    expect(checkAmount(amount, currency)).toEqual([]);
  });
});

describe("given an amount that Stripe would refuse", () => {
  it.each([
    ["below the minimum", 49, "usd", "must be at least 50 ($0.50)"],
    ["below the minimum of another currency", 29, "gbp", "must be at least 30 (£0.30)"],
    ["below the minimum of a currency without decimals", 49, "jpy", "must be at least 50 (¥50)"],
    ["zero", 0, "zar", "must be at least 1 ("],
    ["negative", -1050, "usd", "must be at least 50 ($0.50)"],
    ["over the maximum", 100_000_000, "usd", "must be at most 99999999 ($999,999.99)"],
    ["over the maximum in whole yen", 100_000_000, "jpy", "must be at most 99999999 (¥99,999,999)"],
    ["over the maximum in rupiahs", 1_000_000_000_000, "idr", "must be at most 999999999999"],
    ["a number that lost its digits", 1e21, "usd", "must be at most 99999999"],
    ["a negative zero", -0, "usd", "must be at least 50"],
    ["a fraction of a shilling", 1050, "ugx", "must be a multiple of 100 in ugx"],
    ["a fraction", 10.5, "usd", "must be a whole number in the currency's smallest unit: $10.50 is 1050"],
    ["NaN", Number.NaN, "usd", "must be a whole number"],
    ["infinity", Number.POSITIVE_INFINITY, "usd", "must be a whole number"],
    ["a thousandth that card networks cannot carry", 5124, "kwd", "must be a multiple of 10 in kwd"],
    ["a fraction of a króna", 550, "isk", "must be a multiple of 100 in isk"],
  ])("%s: the issue says what would be right", (_what, amount, currency, message) => {
    expect(checkAmount(amount, currency)).toEqual([
      { path: "amount", message: expect.stringContaining(message) },
    ]);
  });
});

describe("given a currency that Stripe does not support", () => {
  it.each([
    ["written in capitals", "USD", 'must be in lowercase: "usd"'],
    ["written with one capital", "Eur", 'must be in lowercase: "eur"'],
    ["a word", "dollars", "must be a currency that Stripe supports"],
    ["well formed but unknown", "xyz", "must be a currency that Stripe supports"],
    ["empty", "", "must be a currency that Stripe supports"],
    ["a property of every object", "constructor", "must be a currency that Stripe supports"],
  ])("%s: only the currency has an issue", (_what, currency, message) => {
    expect(checkAmount(10.5, currency)).toEqual([
      { path: "currency", message: expect.stringContaining(message) },
    ]);
  });
});

describe("given any currency of the list", () => {
  const codes = new Set(
    Array.from({ length: 26 ** 3 }, (_, n) =>
      [n / 676, n / 26, n].map((digit) => String.fromCharCode(97 + (Math.floor(digit) % 26))).join(""),
    ).filter((code) => isCurrency(code)),
  );

  it("the list has as many as Stripe's, and Intl knows each of them", () => {
    expect(codes.size).toBeGreaterThan(135);
    const known = new Set(Intl.supportedValuesOf("currency").map((code) => code.toLowerCase()));
    // Stripe keeps the dobra's old code, which Intl can write but no longer lists.
    expect([...codes].filter((code) => !known.has(code))).toEqual(["std"]);
  });

  it("its minimum and the next step above can be charged, and one unit below the minimum cannot", () => {
    for (const currency of codes) {
      const step = amountStep(currency);
      const least = Math.ceil(minimumAmount(currency) / step) * step;
      expect([currency, checkAmount(least, currency)]).toEqual([currency, []]);
      expect([currency, checkAmount(least + step, currency)]).toEqual([currency, []]);
      expect([currency, checkAmount(minimumAmount(currency) - 1, currency).length]).toEqual([currency, 1]);
      expect([currency, checkAmount(maximumAmount(currency) + 1, currency).length]).toEqual([currency, 1]);
    }
  });

  it.each([
    ["usd", 2],
    ["jpy", 0],
    ["krw", 0],
    ["clp", 0],
    ["xof", 0],
    ["kwd", 3],
    ["tnd", 3],
    ["isk", 2],
    ["ugx", 2],
    ["huf", 2],
    ["twd", 2],
  ])("%s has %i decimals", (currency, decimals) => {
    expect(decimalsOf(currency)).toBe(decimals);
  });
});

it("any input at all returns issues and never throws", () => {
  fc.assert(
    fc.property(fc.double(), fc.string(), (amount, currency) => {
      for (const { path } of checkAmount(amount, currency)) expect(["amount", "currency"]).toContain(path);
    }),
  );
});
