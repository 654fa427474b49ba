import { beforeAll, describe, expect, it } from "@jest/globals";
import { givenAnEmulator } from "./running-emulator.ts";
import { problemsOf } from "./sdk-types.ts";

let objects: Record<string, object[]>;

beforeAll(async () => {
  const { stripe, control, pay } = await givenAnEmulator();
  const url = "https://shop.example/hook";
  await stripe.webhookEndpoints.create({
    url,
    enabled_events: ["payout.paid"],
    description: "d",
    metadata: { a: "1" },
  });
  await stripe.testHelpers.testClocks.create({ frozen_time: 1_577_836_800 });
  const customer = await stripe.customers.create({
    email: "ada@shop.example",
    business_name: "Shop",
    payment_method: "pm_card_visa",
  });
  const { id: price } = await stripe.prices.create({
    currency: "usd",
    unit_amount: 1500,
    recurring: { interval: "month" },
    product_data: { name: "Pro" },
  });
  const [method] = (await stripe.customers.listPaymentMethods(customer.id)).data;
  const default_payment_method = String(method?.id);
  await stripe.subscriptions.create({ customer: customer.id, items: [{ price }], default_payment_method });
  await stripe.subscriptions.create({ customer: customer.id, items: [{ price }], trial_period_days: 3 });
  for (const mode of ["payment", "setup"] as const) {
    const item = {
      quantity: 1,
      price_data: { currency: "usd", unit_amount: 99, product_data: { name: "A" } },
    };
    await stripe.checkout.sessions.create({
      mode,
      success_url: url,
      ...(mode === "setup" ? { currency: "usd" } : { line_items: [item] }),
    });
  }
  await stripe.billing.meters.create({
    display_name: "Calls",
    event_name: "calls",
    default_aggregation: { formula: "sum" },
  });
  await stripe.billingPortal.sessions.create({ customer: customer.id });
  await stripe.paymentLinks.create({ line_items: [{ price, quantity: 1 }] });
  await stripe.quotes.create({ line_items: [{ price, quantity: 1 }] });
  await stripe.subscriptionSchedules.create({
    customer: customer.id,
    start_date: 2_000_000_000,
    phases: [{ items: [{ price }] }],
  });
  for (const card of ["pm_card_createDispute", "pm_card_chargeDeclined", "pm_card_refundFail"]) {
    const intent = await stripe.paymentIntents.create({
      amount: 2000,
      currency: "usd",
      shipping: { name: "Ada", address: { line1: "1 Road" } },
      use_stripe_sdk: true,
    });
    await pay(intent.id, card);
    if (card === "pm_card_refundFail") await stripe.refunds.create({ payment_intent: intent.id });
  }
  const state: { objects: typeof objects } = JSON.parse(JSON.stringify((await control("state")).body));
  objects = state.objects;
});

describe("given objects of every kind", () => {
  it.each([
    ["balance_transaction", "BalanceTransactions", "BalanceTransaction"],
    ["billing.meter", "Billing/Meters", "Meter"],
    ["billing_portal.configuration", "BillingPortal/Configurations", "Configuration"],
    ["billing_portal.session", "BillingPortal/Sessions", "Session"],
    ["charge", "Charges", "Charge"],
    ["checkout.session", "Checkout/Sessions", "Session"],
    ["customer", "Customers", "Customer"],
    ["dispute", "Disputes", "Dispute"],
    ["event", "Events", "EventBase"],
    ["invoice", "Invoices", "Invoice"],
    ["invoice_payment", "InvoicePayments", "InvoicePayment"],
    ["payment_intent", "PaymentIntents", "PaymentIntent"],
    ["payment_link", "PaymentLinks", "PaymentLink"],
    ["payment_method", "PaymentMethods", "PaymentMethod"],
    ["price", "Prices", "Price"],
    ["product", "Products", "Product"],
    ["quote", "Quotes", "Quote"],
    ["refund", "Refunds", "Refund"],
    ["subscription", "Subscriptions", "Subscription"],
    ["subscription_schedule", "SubscriptionSchedules", "SubscriptionSchedule"],
    ["test_helpers.test_clock", "TestHelpers/TestClocks", "TestClock"],
    ["webhook_endpoint", "WebhookEndpoints", "WebhookEndpoint"],
  ])("each %s has the fields of its SDK type", (name, file, type) => {
    const found = objects[name] ?? [];
    expect(found.length).toBeGreaterThan(0);
    expect([...new Set(found.flatMap((object) => problemsOf(object, file, type)))]).toEqual([]);
  });
});
