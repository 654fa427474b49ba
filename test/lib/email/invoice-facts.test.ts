/** The rows of an invoice in its mail add up to what is to be paid, or are left out. */
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { invoiceData } from "../../../lib/email/payment-facts.ts";
import { fieldOf, listOf } from "../../../lib/untrusted.ts";

const open = {
  object: "invoice",
  status: "open",
  currency: "usd",
  lines: { data: [{ description: "Team plan", quantity: 1, amount: 2000 }], has_more: false },
  subtotal: 2000,
  total: 2000,
  total_discount_amounts: [],
  total_taxes: [],
};

describe("given an open invoice", () => {
  it("a credit of the customer is a row of its own", () => {
    const invoice = { ...open, starting_balance: -500, amount_due: 1500, amount_remaining: 1500 };
    expect(invoiceData(invoice)).toMatchObject({ amount: 1500, subtotal: 2000, balance: -500 });
  });

  it("a debt of the customer is one too", () => {
    const invoice = { ...open, starting_balance: 300, amount_due: 2300, amount_remaining: 2300 };
    expect(invoiceData(invoice)).toMatchObject({ amount: 2300, subtotal: 2000, balance: 300 });
  });

  it("after a part of it was paid, only what remains is shown", () => {
    const invoice = { ...open, starting_balance: 0, amount_due: 2000, amount_remaining: 700 };
    expect(invoiceData(invoice)).toMatchObject({ amount: 700 });
    expect(invoiceData(invoice)).not.toHaveProperty("lines");
  });

  it("whatever it has, the rows that are shown add up to the amount", () => {
    const amounts = fc.integer({ min: 0, max: 10_000 });
    const invoice = fc.record({
      lines: fc.array(fc.integer({ min: -5_000, max: 10_000 }), { maxLength: 4 }),
      discount: amounts,
      tax: amounts,
      starting_balance: fc.integer({ min: -20_000, max: 20_000 }),
      paid: fc.oneof(fc.constant(0), amounts),
    });
    fc.assert(
      fc.property(invoice, ({ lines, discount, tax, starting_balance, paid }) => {
        const subtotal = lines.reduce((sum, amount) => sum + amount, 0);
        const total = subtotal - discount + tax;
        const amount_due = Math.max(0, total + starting_balance);
        const data = invoiceData({
          ...open,
          lines: { data: lines.map((amount) => ({ description: "Line", amount })), has_more: false },
          total_discount_amounts: [{ amount: discount }],
          total_taxes: [{ amount: tax }],
          ...{ subtotal, total, starting_balance, amount_due, amount_remaining: amount_due - paid },
        });
        const shown = fieldOf(data, "lines");
        if (shown === undefined) return;
        const number = (name: string) => Number(fieldOf(data, name) ?? 0);
        const rows = listOf(shown).reduce((sum: number, line) => sum + Number(fieldOf(line, "amount")), 0);
        expect(rows - number("discount") + number("tax") + number("balance")).toBe(number("amount"));
      }),
      { numRuns: 300 },
    );
  });
});
