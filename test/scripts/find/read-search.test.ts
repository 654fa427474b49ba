/** How the text of a search is read. */
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { formatMoney } from "../../../lib/money/format-money.ts";
import { readSearch } from "../../../scripts/find/read-search.ts";

const RUN = `run-${"0a".repeat(16)}`;
const CALL = "76667ce8-7874-4d98-a68d-e8e9486481c0";

describe("the text of a search", () => {
  it.each([
    ["pi_3MtwBwLkdIwHu7ix28a3tqPa", { by: "object", value: "pi_3MtwBwLkdIwHu7ix28a3tqPa" }],
    ["sub_sched_1Nv0FI", { by: "object", value: "sub_sched_1Nv0FI" }],
    ["evt_1NG8Du2eZvKYlo2C", { by: "event", value: "evt_1NG8Du2eZvKYlo2C" }],
    [RUN, { by: "run", value: RUN }],
    ["req_RHXHvBD6uM2Noh", { by: "request", value: "req_RHXHvBD6uM2Noh" }],
    [CALL, { by: "request", value: CALL }],
    [" Ada@Example.com ", { by: "address", value: "Ada@Example.com" }],
    ["order-1042", { by: "reference", value: "order-1042" }],
    ["42.00 usd", { by: "amount", amount: 4200, currency: "usd" }],
    ["USD 42", { by: "amount", amount: 4200, currency: "usd" }],
    ["$42", { by: "amount", amount: 4200, currency: "usd" }],
    ["9,99 €", { by: "amount", amount: 999, currency: "eur" }],
    ["500 jpy", { by: "amount", amount: 500, currency: "jpy" }],
    ["1.234 kwd", { by: "amount", amount: 1234, currency: "kwd" }],
    ["42.00", { by: "amount", amount: 4200, decimals: 2 }],
    ["42.5 usd", { by: "reference", value: "42.5 usd" }],
    ["5.00 jpy", { by: "reference", value: "5.00 jpy" }],
  ])("%s", (text, look) => {
    expect(readSearch(text).looks).toEqual([look]);
  });

  it("a whole number is an id of the application and an amount in the smallest unit, and it says so", () => {
    const { looks, readAs } = readSearch("4200");
    expect(looks).toEqual([
      { by: "reference", value: "4200" },
      { by: "amount", amount: 4200 },
    ]);
    expect(readAs).toMatch(/an id of the application, and .* 4200 in the smallest unit, such as \$42\.00/);
  });

  it("what looks like an id of Stripe or like an amount can still be one of the application's", () => {
    for (const text of ["ab_123", "evt_1", CALL, "42.00", "ada@example.com"])
      expect(readSearch(text).otherwise).toEqual([{ by: "reference", value: text }]);
  });

  it("an amount is found as it is shown, in any currency", () => {
    const currencies = fc.constantFrom("usd", "eur", "gbp", "jpy", "inr");
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 99_999 }), currencies, (amount, currency) => {
        expect(readSearch(formatMoney({ amount, currency }).replaceAll(",", "")).looks).toEqual([
          { by: "amount", amount, currency },
        ]);
      }),
    );
  });

  it("any text can be read", () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, unit: "binary" }), (text) => {
        expect(readSearch(text).looks.length).toBeGreaterThan(0);
      }),
    );
  });
});
