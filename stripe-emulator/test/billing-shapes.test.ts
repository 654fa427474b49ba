/** Every object of billing has the fields of its SDK type, down to the last one, in whatever state it is. */
import { beforeAll, describe, expect, it } from "@jest/globals";
import { startStripeEmulator } from "../index.ts";
import { clientOf } from "./running-emulator.ts";
import { problemsOf } from "./sdk-types.ts";

const TYPES: readonly [kind: string, file: string, type: string][] = [
  ["coupon", "Coupons", "Coupon"],
  ["credit_note", "CreditNotes", "CreditNote"],
  ["customer", "Customers", "Customer"],
  ["customer_balance_transaction", "CustomerBalanceTransactions", "CustomerBalanceTransaction"],
  ["discount", "Discounts", "Discount"],
  ["invoice", "Invoices", "Invoice"],
  ["invoice_payment", "InvoicePayments", "InvoicePayment"],
  ["invoiceitem", "InvoiceItems", "InvoiceItem"],
  ["price", "Prices", "Price"],
  ["product", "Products", "Product"],
  ["promotion_code", "PromotionCodes", "PromotionCode"],
  ["subscription", "Subscriptions", "Subscription"],
  ["tax_id", "TaxIds", "TaxId"],
  ["tax_rate", "TaxRates", "TaxRate"],
];

let objects: Record<string, object[]>;
const answers: [answer: object, file: string, type: string][] = [];

/** Sells, changes, previews, credits and ends with discounts and taxes of every kind. */
beforeAll(async () => {
  const emulator = await startStripeEmulator({ port: 0 });
  try {
    const stripe = clientOf(emulator);
    const { id: customer } = await stripe.customers.create({
      balance: -50,
      payment_method: "pm_card_visa",
      tax_id_data: [{ type: "eu_vat", value: "DE123456789" }],
    });
    const [method] = (await stripe.customers.listPaymentMethods(customer)).data;
    const default_payment_method = String(method?.id);
    const coupon = await stripe.coupons.create({
      percent_off: 12.5,
      duration: "repeating",
      duration_in_months: 3,
    });
    const { id: amount } = await stripe.coupons.create({ amount_off: 70, currency: "usd" });
    const code = await stripe.promotionCodes.create({
      promotion: { type: "coupon", coupon: coupon.id },
      restrictions: { minimum_amount: 5, minimum_amount_currency: "usd" },
    });
    const vat = await stripe.taxRates.create({ display_name: "VAT", percentage: 19, inclusive: true });
    const local = await stripe.taxRates.create({ display_name: "Local", percentage: 8.25, inclusive: false });
    const product = await stripe.products.create({
      name: "Pro",
      default_price_data: { currency: "usd", unit_amount: 1500, recurring: { interval: "month" } },
    });
    const tiered = await stripe.prices.create({
      product: product.id,
      currency: "usd",
      recurring: { interval: "month" },
      billing_scheme: "tiered",
      tiers_mode: "volume",
      tiers: [{ up_to: "inf", unit_amount: 120, flat_amount: 10 }],
    });
    const subscription = await stripe.subscriptions.create({
      customer,
      default_payment_method,
      items: [{ price: String(product.default_price), tax_rates: [vat.id], discounts: [{ coupon: amount }] }],
      discounts: [{ promotion_code: code.id }],
      default_tax_rates: [local.id],
    });
    const change = {
      items: [
        { id: String(subscription.items.data[0]?.id), quantity: 3 },
        { price: tiered.id, quantity: 2 },
      ],
      proration_behavior: "always_invoice",
    };
    const details = { subscription: subscription.id, subscription_details: change };
    answers.push([await stripe.invoices.createPreview(details), "Invoices", "Invoice"]);
    await stripe.subscriptions.update(subscription.id, { ...change, pause_collection: { behavior: "void" } });
    const trial = await stripe.subscriptions.create({
      customer,
      items: [{ price: tiered.id }],
      trial_period_days: 40,
      cancel_at_period_end: true,
    });
    await stripe.subscriptions.cancel(trial.id, { prorate: true, invoice_now: true });
    await stripe.paymentMethods.attach("pm_card_chargeCustomerFail", { customer }).then(({ id }) =>
      stripe.subscriptions.update(subscription.id, {
        default_payment_method: id,
      }),
    );
    await stripe.subscriptions.update(subscription.id, {
      items: [
        {
          price: String(
            (
              await stripe.plans.create({
                amount: 900,
                currency: "usd",
                interval: "month",
                product: product.id,
              })
            ).id,
          ),
        },
      ],
      proration_behavior: "always_invoice",
      payment_behavior: "pending_if_incomplete",
    });
    await stripe.invoiceItems.create({ customer, amount: 4000, currency: "usd", tax_rates: [local.id] });
    const draft = await stripe.invoices.create({ customer, pending_invoice_items_behavior: "include" });
    const paid = await stripe.invoices.pay(draft.id, { payment_method: default_payment_method });
    const line = String(paid.lines.data[0]?.id);
    await stripe.creditNotes.create({
      invoice: paid.id,
      lines: [
        { type: "invoice_line_item", invoice_line_item: line, amount: 1000 },
        {
          type: "custom_line_item",
          description: "Sorry",
          quantity: 1,
          unit_amount: 100,
          tax_rates: [local.id],
        },
      ],
      credit_amount: 191,
      refund_amount: 1000,
    });
    await stripe.invoices.create({ customer, collection_method: "send_invoice", days_until_due: 3 });
    answers.push([await stripe.plans.retrieve(tiered.id), "Plans", "Plan"]);
    answers.push([
      await stripe.subscriptions.deleteDiscount(subscription.id),
      "Discounts",
      "DeletedDiscount",
    ]);
    const [listed] = (await stripe.subscriptionItems.list({ subscription: subscription.id })).data;
    answers.push([listed ?? {}, "SubscriptionItems", "SubscriptionItem"]);
    const state: { objects: typeof objects } = JSON.parse(
      await (await fetch(`${emulator.url}/_emulator/state`)).text(),
    );
    objects = state.objects;
  } finally {
    await emulator.close();
  }
});

describe("given a customer who has been sold, changed and credited everything", () => {
  it.each(TYPES)("each %s has the fields of its SDK type", (kind, file, type) => {
    const found = objects[kind] ?? [];
    expect(found.length).toBeGreaterThan(0);
    expect([...new Set(found.flatMap((object) => problemsOf(object, file, type)))]).toEqual([]);
  });

  it("so do the objects that only a response has", () => {
    for (const [answer, file, type] of answers) {
      expect([type, problemsOf(JSON.parse(JSON.stringify(answer)), file, type)]).toEqual([type, []]);
    }
  });
});
