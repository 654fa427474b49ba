import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { checkAmount } from "../../../lib/money/check-amount.ts";
import {
  amountStep,
  currencyCodes,
  decimalsOf,
  maximumAmount,
  minimumAmount,
} from "../../../lib/money/currencies.ts";
import { givenStripeEmulator } from "../../steps/given-stripe-emulator.ts";

const limitsOf = (currency: string) => {
  const step = amountStep(currency);
  return {
    lowest: Math.ceil(minimumAmount(currency) / step) * step,
    highest: maximumAmount(currency),
    step,
  };
};

describe("given an amount that Stripe would accept", () => {
  it.each([
    ["the minimum in dollars", 50, "usd"],
    ["the minimum in pounds", 30, "gbp"],
    ["the maximum", 99_999_999, "usd"],
    ["the maximum in rupiahs", 999_999_999_999, "idr"],
    ["nine digits of rupees", 500_000_000, "inr"],
    ["the maximum in rupees", 999_999_999, "inr"],
    ["ten digits of forints", 9_999_999_999, "huf"],
    ["ten digits of pesos", 9_999_999_999, "cop"],
    ["ten digits of yen", 9_999_999_999, "jpy"],
    ["eleven digits of Lebanese pounds", 99_999_999_999, "lbp"],
    ["more than eight digits of forints", 120_000_000, "huf"],
    ["more than eight digits of yen", 150_000_000, "jpy"],
    ["an odd amount in forints, of which only payouts must be whole", 17_501, "huf"],
    ["the highest dinar that ends in 0", 99_999_990, "kwd"],
    ["the highest whole króna", 99_999_900, "isk"],
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
    ["over the maximum of another currency without decimals", 100_000_000, "krw", "99999999 (₩99,999,999)"],
    ["over the maximum in yen", 10_000_000_000, "jpy", "must be at most 9999999999 (¥9,999,999,999)"],
    ["over the maximum in rupees", 1_000_000_000, "inr", "must be at most 999999999 (₹9,999,999.99)"],
    ["over the maximum in forints", 10_000_000_000, "huf", "must be at most 9999999999"],
    ["over the maximum in pesos", 10_000_000_000, "cop", "must be at most 9999999999"],
    ["over the maximum in Lebanese pounds", 100_000_000_000, "lbp", "must be at most 99999999999"],
    ["over the maximum in dinars", 100_000_000, "kwd", "must be at most 99999990"],
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
  const codes = currencyCodes();

  it("the list has as many as Stripe's, and Intl knows each of them", () => {
    expect(codes.length).toBeGreaterThan(135);
    const known = new Set(Intl.supportedValuesOf("currency").map((code) => code.toLowerCase()));
    // Stripe keeps the dobra's old code, which Intl can write but no longer lists.
    expect([...codes].filter((code) => !known.has(code))).toEqual(["std"]);
  });

  it.each(codes)("%s: its limits can be charged, and one step below or above them cannot", (currency) => {
    const { lowest, highest, step } = limitsOf(currency);
    for (const amount of [lowest, lowest + step, highest - step, highest])
      expect([amount, checkAmount(amount, currency)]).toEqual([amount, []]);
    for (const amount of [lowest - step, lowest - 1, highest + 1, highest + step])
      expect([amount, checkAmount(amount, currency).length]).toEqual([amount, 1]);
  });

  it("Stripe charges every currency at its limits, and refuses what is refused here", async () => {
    const { stripe } = await givenStripeEmulator();
    const outcomeOf = (amount: number, currency: string) =>
      stripe.paymentIntents.create({ amount, currency }).then(
        ({ status }) => status,
        (error: unknown) => String(error),
      );
    for (const currency of codes) {
      const { lowest, highest, step } = limitsOf(currency);
      // Without a minimum of the currency's own, that of the account's currency counts.
      const least = Math.max(lowest, 50);
      for (const amount of [least, highest])
        expect([currency, amount, await outcomeOf(amount, currency)]).toEqual([
          currency,
          amount,
          "requires_payment_method",
        ]);
      const above = await outcomeOf(highest + step, currency);
      expect([currency, above]).toEqual([currency, expect.stringContaining("Amount must be no more than")]);
      if (step > 1) expect(await outcomeOf(least + 5, currency)).toContain(`a multiple of ${step}`);
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
