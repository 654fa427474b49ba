/** Over any changes of a subscription, what was charged and what is owed agree with what was used. */
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import type Stripe from "stripe";
import { tries } from "./effort.ts";
import { DAY, givenAShop } from "./given-a-shop.ts";

interface Step {
  seconds: number;
  quantity: number;
  behavior: "always_invoice" | "create_prorations";
}

const PRICE = 1000;
const PERIOD = 30 * DAY;

const steps: fc.Arbitrary<Step[]> = fc
  .array(
    fc.record({
      seconds: fc.integer({ min: 0, max: PERIOD - 1 }),
      quantity: fc.integer({ min: 0, max: 30 }),
      behavior: fc.constantFrom("always_invoice", "create_prorations"),
    }),
    { minLength: 1, maxLength: 6 },
  )
  .map((all) => all.toSorted((a, b) => a.seconds - b.seconds));

describe("given changes of the quantity at any times of a period, and a cancellation that is prorated", () => {
  it("the customer has paid for what was used, within half a unit for each line", async () => {
    await fc.assert(
      fc.asyncProperty(steps, fc.integer({ min: 0, max: PERIOD - 1 }), async (changes, last) => {
        const shop = await givenAShop("pm_card_visa");
        const { stripe, customer, control } = shop;
        const { id, items } = await stripe.subscriptions.create({
          customer,
          items: [{ price: await shop.price(PRICE) }],
        });
        const item = String(items.data[0]?.id);
        let now = 0;
        let used = 0;
        let quantity = 1;
        const moveTo = async (time: number) => {
          used += (PRICE * quantity * (time - now)) / PERIOD;
          if (time > now) await control("clock", { advance: time - now });
          now = time;
        };
        for (const change of changes) {
          await moveTo(change.seconds);
          await stripe.subscriptions.update(id, {
            items: [{ id: item, quantity: change.quantity }],
            proration_behavior: change.behavior,
          });
          quantity = change.quantity;
        }
        await moveTo(Math.max(last, now));
        await stripe.subscriptions.cancel(id, { prorate: true, invoice_now: true });
        const invoices = (await stripe.invoices.list({ limit: 100 })).data;
        const paid = invoices.reduce((sum, invoice) => sum + invoice.amount_paid, 0);
        const found = await stripe.customers.retrieve(customer);
        const { balance } = found as Stripe.Customer;
        const lines = invoices.reduce((sum, invoice) => sum + invoice.lines.data.length, 0);
        expect(invoices.every((invoice) => invoice.status === "paid")).toBe(true);
        expect((await stripe.invoiceItems.list({ pending: true })).data).toEqual([]);
        // What the customer paid, less the credit that is left, is the sum of all totals, and what was used.
        expect(paid + balance).toBe(invoices.reduce((sum, invoice) => sum + invoice.total, 0));
        expect(Math.abs(paid + balance - used)).toBeLessThanOrEqual(lines / 2);
        await shop.emulator.close();
      }),
      { numRuns: tries({ sample: 8, whole: 150 }) },
    );
  });
});
