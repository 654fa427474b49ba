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

describe("given an amount that Stripe would take", () => {
  it.each([
    ["the least of a dollar", 50, "usd"],
    ["the least of a pound", 30, "gbp"],
    ["the most there is", 99_999_999, "usd"],
    ["the most there is in rupiahs", 999_999_999_999, "idr"],
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
    ["nothing", 0, "zar", "must be at least 1 ("],
    ["negative", -1050, "usd", "must be at least 50 ($0.50)"],
    ["over the maximum", 100_000_000, "usd", "must be at most 99999999 ($999,999.99)"],
    ["over the maximum in whole yen", 100_000_000, "jpy", "must be at most 99999999 (¥99,999,999)"],
    ["over the maximum in rupiahs", 1_000_000_000_000, "idr", "must be at most 999999999999"],
    ["a number that lost its digits", 1e21, "usd", "must be at most 99999999"],
    ["a negative zero", -0, "usd", "must be at least 50"],
    ["a part of a shilling", 1050, "ugx", "must be a multiple of 100 in ugx"],
    ["a fraction", 10.5, "usd", "must be a whole number in the currency's smallest unit: $10.50 is 1050"],
    ["no number", Number.NaN, "usd", "must be a whole number"],
    ["without end", Number.POSITIVE_INFINITY, "usd", "must be a whole number"],
    ["a thousandth that card networks cannot carry", 5124, "kwd", "must be a multiple of 10 in kwd"],
    ["a part of a króna", 550, "isk", "must be a multiple of 100 in isk"],
  ])("%s: the issue says what would be right", (_what, amount, currency, message) => {
    expect(checkAmount(amount, currency)).toEqual([
      { path: "amount", message: expect.stringContaining(message) },
    ]);
  });
});

describe("given a currency that Stripe does not take", () => {
  it.each([
    ["written in capitals", "USD", 'must be in lowercase: "usd"'],
    ["written with one capital", "Eur", 'must be in lowercase: "eur"'],
    ["a word", "dollars", "must be a currency that Stripe supports"],
    ["well formed but unknown", "xyz", "must be a currency that Stripe supports"],
    ["empty", "", "must be a currency that Stripe supports"],
    ["a property of every object", "constructor", "must be a currency that Stripe supports"],
  ])("%s: the issue is the currency's alone", (_what, currency, message) => {
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

  it("there are as many as Stripe says, and Intl knows each of them", () => {
    expect(codes.size).toBeGreaterThan(135);
    const known = new Set(Intl.supportedValuesOf("currency").map((code) => code.toLowerCase()));
    // Stripe keeps the dobra's old code, which Intl can write but no longer lists.
    expect([...codes].filter((code) => !known.has(code))).toEqual(["std"]);
  });

  it("its least, and the next step above, can be charged; one below the least cannot", () => {
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
  ])("%s counts %i decimals", (currency, decimals) => {
    expect(decimalsOf(currency)).toBe(decimals);
  });
});

it("whatever is given, the answer is issues and never an exception", () => {
  fc.assert(
    fc.property(fc.double(), fc.string(), (amount, currency) => {
      for (const { path } of checkAmount(amount, currency)) expect(["amount", "currency"]).toContain(path);
    }),
  );
});
