/** Over any lives of invoices, their sums add up, and no money appears or disappears. */
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import Stripe from "stripe";
import { tries } from "./effort.ts";
import { givenAShop, type Shop } from "./given-a-shop.ts";

const ACTIONS = ["pay", "pay_out_of_band", "void", "mark_uncollectible", "credit", "refund"] as const;

const life = fc.record({
  amounts: fc.array(fc.integer({ min: -500, max: 20_000 }), { minLength: 1, maxLength: 4 }),
  currency: fc.constantFrom("usd", "jpy", "kwd"),
  percentOff: fc.option(fc.integer({ min: 1, max: 10_000 })),
  tax: fc.option(fc.record({ percentage: fc.integer({ min: 1, max: 300_000 }), inclusive: fc.boolean() })),
  steps: fc.array(
    fc.record({ action: fc.constantFrom(...ACTIONS), share: fc.double({ min: 0.01, max: 1 }) }),
    {
      maxLength: 4,
    },
  ),
});

type Life = typeof life extends fc.Arbitrary<infer T> ? T : never;

const total = (amounts: readonly { amount: number }[] | null) =>
  (amounts ?? []).reduce((sum, { amount }) => sum + amount, 0);

async function finalized({ stripe, customer }: Shop, { amounts, percentOff, tax, currency }: Life) {
  const coupon = percentOff && (await stripe.coupons.create({ percent_off: percentOff / 100 }));
  const rate =
    tax &&
    (await stripe.taxRates.create({
      display_name: "VAT",
      percentage: tax.percentage / 10_000,
      inclusive: tax.inclusive,
    }));
  const draft = await stripe.invoices.create({
    ...{ customer, currency },
    ...(coupon ? { discounts: [{ coupon: coupon.id }] } : {}),
    ...(rate ? { default_tax_rates: [rate.id] } : {}),
  });
  for (const amount of amounts)
    await stripe.invoiceItems.create({ customer, invoice: draft.id, currency, amount });
  return stripe.invoices.finalizeInvoice(draft.id);
}

/** What Stripe refuses changes nothing: the sums show it. */
async function attempt(request: Promise<unknown>): Promise<void> {
  await request.catch((thrown: unknown) => {
    if (!(thrown instanceof Stripe.errors.StripeError)) throw thrown;
  });
}

async function act(stripe: Stripe, id: string, { action, share }: Life["steps"][number]) {
  const invoice = await stripe.invoices.retrieve(id);
  const amount = Math.max(1, Math.round(invoice.total * share));
  if (action === "pay") await attempt(stripe.invoices.pay(id));
  if (action === "pay_out_of_band") await attempt(stripe.invoices.pay(id, { paid_out_of_band: true }));
  if (action === "void") await attempt(stripe.invoices.voidInvoice(id));
  if (action === "mark_uncollectible") await attempt(stripe.invoices.markUncollectible(id));
  const isPaid = invoice.status === "paid";
  const settlement = !isPaid
    ? {}
    : action === "refund"
      ? { refund_amount: amount }
      : { credit_amount: amount };
  if (action === "credit" || action === "refund")
    await attempt(stripe.creditNotes.create({ invoice: id, amount, ...settlement }));
}

function checkSums(invoice: Stripe.Invoice, given: Life) {
  const taxes = invoice.total_taxes ?? [];
  const added = total(taxes.filter((tax) => tax.tax_behavior === "exclusive"));
  expect(invoice.subtotal).toBe(given.amounts.reduce((sum, amount) => sum + amount, 0));
  expect(invoice.total).toBe(invoice.subtotal - total(invoice.total_discount_amounts) + added);
  expect(invoice.total_excluding_tax).toBe(invoice.total - total(taxes));
  const settled = invoice.total + invoice.starting_balance - (invoice.ending_balance ?? 0);
  expect(invoice.amount_due).toBe(settled - invoice.pre_payment_credit_notes_amount);
  expect(invoice.amount_paid + invoice.amount_remaining).toBe(invoice.amount_due);
}

describe("given invoices with any lines, discounts, taxes and credit", () => {
  it("whatever becomes of them, what they ask for was paid, is open, or is on the balance", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(life, { minLength: 1, maxLength: 3 }),
        fc.integer({ min: -8000, max: 500 }),
        async (lives, balance) => {
          const shop = await givenAShop("pm_card_visa");
          const { stripe, customer } = shop;
          const [{ currency = "usd" } = {}] = lives;
          if (balance !== 0)
            await stripe.customers.createBalanceTransaction(customer, { amount: balance, currency });
          for (const given of lives) {
            const one = { ...given, currency };
            const { id } = await finalized(shop, one);
            checkSums(await stripe.invoices.retrieve(id), one);
            for (const step of given.steps) await act(stripe, id, step);
            checkSums(await stripe.invoices.retrieve(id), one);
          }
          const invoices = (await stripe.invoices.list()).data.filter(({ status }) => status !== "void");
          const asked = invoices.map(
            (invoice) =>
              invoice.total -
              invoice.pre_payment_credit_notes_amount -
              invoice.post_payment_credit_notes_amount,
          );
          const held = invoices.map(({ amount_paid: paid, amount_remaining: open }) => paid + open);
          const refunded = total((await stripe.refunds.list()).data);
          const found = await stripe.customers.retrieve(customer);
          const after = found.deleted ? 0 : found.balance;
          const sum = (amounts: readonly number[]) => amounts.reduce((before, amount) => before + amount, 0);
          expect(sum(asked)).toBe(sum(held) - refunded + after - balance);
        },
      ),
      { numRuns: tries({ sample: 5, whole: 100 }) },
    );
  });
});
