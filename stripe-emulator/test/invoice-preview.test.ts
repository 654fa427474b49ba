import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import type Stripe from "stripe";
import { tries } from "./effort.ts";
import { APRIL_1, DAY, givenAShop, linesOf, type Shop } from "./given-a-shop.ts";
import { errorOf } from "./running-emulator.ts";

const END = APRIL_1 + 30 * DAY;

/** A generated change of a subscription, at a moment of its first period. */
interface Change {
  currency: string;
  amounts: [number, number];
  quantities: [number, number];
  interval: "month" | "year";
  coupon: Stripe.CouponCreateParams | null;
  tax: { inclusive: boolean; percentage: number } | null;
  trial: boolean;
  /** Seconds into the period. */
  at: number;
  behavior: "always_invoice" | "create_prorations" | "none";
  /** Seconds between the preview and the change. */
  delay: number;
  adds: boolean;
}

const change: fc.Arbitrary<Change> = fc.record({
  currency: fc.constantFrom("usd", "jpy", "kwd"),
  amounts: fc.tuple(amountOf(), amountOf()),
  quantities: fc.tuple(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 40 })),
  interval: fc.constantFrom("month", "month", "year"),
  coupon: fc.option(
    fc.oneof(
      fc.record({ percent_off: fc.integer({ min: 1, max: 400 }).map((quarter) => quarter / 4) }),
      fc.record({ amount_off: fc.integer({ min: 10, max: 5000 }).map((amount) => amount * 10) }),
    ),
  ),
  tax: fc.option(
    fc.record({ inclusive: fc.boolean(), percentage: fc.integer({ min: 1, max: 250 }).map((n) => n / 10) }),
  ),
  trial: fc.boolean(),
  at: fc.oneof(fc.integer({ min: 0, max: 30 * DAY - 1 }), fc.constant(30 * DAY - 1), fc.constant(0)),
  behavior: fc.constantFrom("always_invoice", "create_prorations", "none"),
  delay: fc.integer({ min: 0, max: 900 }),
  adds: fc.boolean(),
});

/** In steps of ten, which three-decimal currencies need. */
function amountOf(): fc.Arbitrary<number> {
  return fc.oneof(
    fc.integer({ min: 30, max: 20_000 }).map((amount) => amount * 10),
    fc.constant(0),
  );
}

async function givenASubscription(shop: Shop, given: Change): Promise<Stripe.Subscription> {
  const { stripe } = shop;
  const { id: customer } = await stripe.customers.create({});
  const card = await stripe.paymentMethods.attach("pm_card_visa", { customer });
  const { coupon, currency, tax } = given;
  const discount =
    coupon === null
      ? undefined
      : await stripe.coupons.create({
          ...coupon,
          ...("amount_off" in coupon ? { currency } : {}),
          duration: "forever",
        });
  const rate = tax === null ? undefined : await stripe.taxRates.create({ ...tax, display_name: "VAT" });
  return stripe.subscriptions.create({
    customer,
    default_payment_method: card.id,
    items: [{ price: await shop.price(given.amounts[0], { currency }), quantity: given.quantities[0] }],
    ...(discount === undefined ? {} : { discounts: [{ coupon: discount.id }] }),
    ...(rate === undefined ? {} : { default_tax_rates: [rate.id] }),
    ...(given.trial ? { trial_end: END } : {}),
  });
}

const seconds = (shop: Shop, advance: number) =>
  advance === 0 ? undefined : shop.control("clock", { advance });

describe("given a change of a subscription", () => {
  it("its preview is what the change charges, to the unit, and nothing is lost", async () => {
    await fc.assert(
      fc.asyncProperty(change, async (given) => {
        const shop = await givenAShop();
        const { stripe } = shop;
        const subscription = await givenASubscription(shop, given);
        await seconds(shop, Math.max(0, given.at - given.delay));
        const date = APRIL_1 + Math.max(0, given.at - given.delay);
        const price = await shop.price(given.amounts[1], {
          currency: given.currency,
          recurring: { interval: given.interval },
        });
        const items = [
          {
            ...(given.adds ? {} : { id: String(subscription.items.data[0]?.id) }),
            price,
            quantity: given.quantities[1],
          },
        ];
        const terms = { items, proration_behavior: given.behavior, proration_date: date };
        const preview = await stripe.invoices.createPreview({
          subscription: subscription.id,
          subscription_details: terms,
        });
        const unchanged = await stripe.subscriptions.retrieve(subscription.id);
        expect(unchanged.items.data).toEqual(subscription.items.data);
        const delay = Math.min(given.delay, END - 1 - date);
        await seconds(shop, delay);
        const changed = await stripe.subscriptions.update(subscription.id, terms);
        if (changed.latest_invoice === subscription.latest_invoice) await seconds(shop, END - date - delay);
        const after = await stripe.subscriptions.retrieve(subscription.id);
        const charged = await stripe.invoices.retrieve(String(after.latest_invoice));
        expect(charged.id).not.toBe(subscription.latest_invoice);
        expect(preview.amount_due).toBe(charged.amount_due);
        expect([preview.total, preview.subtotal, sums(preview), linesOf(preview)]).toEqual([
          charged.total,
          charged.subtotal,
          sums(charged),
          linesOf(charged),
        ]);
        expectSound(charged);
        expect(charged.amount_paid).toBe(charged.amount_due);
        await shop.emulator.close();
      }),
      { numRuns: tries({ sample: 12, whole: 200 }) },
    );
  });

  const sums = ({ total_discount_amounts: discounts, total_taxes: taxes }: Stripe.Invoice) => [
    (discounts ?? []).map(({ amount }) => amount),
    (taxes ?? []).map(({ amount }) => amount),
  ];

  /** The sums of an invoice agree with its lines, and with the customer's balance. */
  function expectSound(invoice: Stripe.Invoice): void {
    const sum = (amounts: (number | undefined)[]) =>
      amounts.reduce<number>((total, amount = 0) => total + amount, 0);
    const lines = invoice.lines.data;
    const discounts = sum(lines.flatMap((line) => line.discount_amounts ?? []).map(({ amount }) => amount));
    const taxes = lines.flatMap((line) => line.taxes ?? []);
    const exclusive = sum(
      taxes.filter((tax) => tax.tax_behavior === "exclusive").map(({ amount }) => amount),
    );
    expect(invoice.subtotal).toBe(sum(lines.map(({ amount }) => amount)));
    expect(invoice.total).toBe(invoice.subtotal - discounts + exclusive);
    expect(sum((invoice.total_discount_amounts ?? []).map(({ amount }) => amount))).toBe(discounts);
    expect(sum((invoice.total_taxes ?? []).map(({ amount }) => amount))).toBe(
      sum(taxes.map(({ amount }) => amount)),
    );
    expect(invoice.starting_balance + invoice.total - invoice.amount_due).toBe(invoice.ending_balance);
  }
});

describe("given a subscription", () => {
  it("a preview without a change is its next period, with what is pending", async () => {
    const shop = await givenAShop("pm_card_visa");
    const { stripe, customer } = shop;
    const { id } = await stripe.subscriptions.create({
      customer,
      items: [{ price: await shop.price(1000) }],
    });
    await stripe.invoiceItems.create({ customer, amount: 250, currency: "usd", description: "Setup" });
    await shop.fresh();
    const preview = await stripe.invoices.createPreview({
      customer,
      invoice_items: [{ amount: 50, currency: "usd" }],
    });
    expect(preview).toMatchObject({
      id: expect.stringMatching(/^upcoming_in_/),
      status: "draft",
      billing_reason: "upcoming",
      amount_due: 1300,
      period_start: APRIL_1,
      period_end: END,
      parent: { subscription_details: { subscription: id } },
    });
    expect(await shop.fresh()).toEqual([]);
    expect((await stripe.invoices.list()).data).toHaveLength(1);
  });

  it("recurring shows the price of a change without prorations", async () => {
    const shop = await givenAShop("pm_card_visa");
    const { stripe, customer } = shop;
    const { id, items } = await stripe.subscriptions.create({
      customer,
      items: [{ price: await shop.price(1000) }],
    });
    const preview = await stripe.invoices.createPreview({
      subscription: id,
      preview_mode: "recurring",
      subscription_details: { items: [{ id: String(items.data[0]?.id), quantity: 4 }] },
    });
    expect(preview.total).toBe(4000);
  });

  it("canceling it now is the credit of what is not used", async () => {
    const shop = await givenAShop("pm_card_visa");
    const { stripe, customer } = shop;
    const { id } = await stripe.subscriptions.create({
      customer,
      items: [{ price: await shop.price(3000) }],
    });
    await shop.pass(10);
    const preview = await stripe.invoices.createPreview({
      subscription: id,
      subscription_details: { cancel_now: true },
    });
    expect(preview.total).toBe(-2000);
    await stripe.subscriptions.cancel(id, { prorate: true, invoice_now: true });
    expect(await stripe.customers.retrieve(customer)).toMatchObject({ balance: -2000 });
  });
});

describe("given a new subscription", () => {
  it("its first invoice can be previewed, and errors name the parameter", async () => {
    const shop = await givenAShop("pm_card_visa");
    const { stripe, customer } = shop;
    const items = [{ price: await shop.price(1000), quantity: 2 }];
    const preview = await stripe.invoices.createPreview({ customer, subscription_details: { items } });
    expect(preview.amount_due).toBe(2000);
    expect((await stripe.subscriptions.list()).data).toEqual([]);
    const param = async (params: Stripe.InvoiceCreatePreviewParams) =>
      (await errorOf(stripe.invoices.createPreview(params))).param;
    expect(await param({ customer, subscription_details: { items: [{ price: "price_none" }] } })).toBe(
      "subscription_details[items][0][price]",
    );
    expect(await param({ customer, invoice_items: [{ price: "price_none" }] })).toBe(
      "invoice_items[0][price]",
    );
    expect(await errorOf(stripe.invoices.createPreview({ customer }))).toMatchObject({
      code: "invoice_upcoming_none",
      statusCode: 404,
    });
  });
});
