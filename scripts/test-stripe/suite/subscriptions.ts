import { get, post, refused, remove, type Scenario, type Step, scenario } from "../scenario.ts";

/** A customer with a card, a product, and prices of 10 and 25 dollars a month. */
const givenPlans: readonly Step[] = [
  post("customer", "/v1/customers", { email: "ada@shop.example" }),
  post("card", "/v1/payment_methods/pm_card_visa/attach", { customer: "{customer.id}" }),
  post("preferred", "/v1/customers/{customer.id}", {
    invoice_settings: { default_payment_method: "{card.id}" },
  }),
  post("product", "/v1/products", { name: "Pro" }, { active: true }),
  post(
    "basic",
    "/v1/prices",
    { product: "{product.id}", currency: "usd", unit_amount: 1000, recurring: { interval: "month" } },
    { type: "recurring", unit_amount: 1000 },
  ),
  post("pro", "/v1/prices", {
    product: "{product.id}",
    currency: "usd",
    unit_amount: 2500,
    recurring: { interval: "month" },
  }),
];
const subscribed = post(
  "subscription",
  "/v1/subscriptions",
  { customer: "{customer.id}", items: [{ price: "{basic.id}", quantity: 2 }] },
  { status: "active", cancel_at_period_end: false },
);

export const subscriptions: readonly Scenario[] = [
  scenario(
    "a subscription that is paid at once",
    ...givenPlans,
    subscribed,
    get("invoice", "/v1/invoices/{subscription.latest_invoice}", {
      status: "paid",
      total: 2000,
      billing_reason: "subscription_create",
    }),
  ),
  scenario(
    "a subscription whose first payment the customer makes",
    ...givenPlans,
    post(
      "subscription",
      "/v1/subscriptions",
      {
        customer: "{customer.id}",
        items: [{ price: "{basic.id}" }],
        payment_behavior: "default_incomplete",
        expand: ["latest_invoice.payments"],
      },
      { status: "incomplete" },
    ),
    post(
      "paid",
      "/v1/payment_intents/{subscription.latest_invoice.payments.data.0.payment.payment_intent}/confirm",
      { payment_method: "{card.id}", return_url: "https://shop.example/return" },
      { status: "succeeded" },
    ),
    get("active", "/v1/subscriptions/{subscription.id}", { status: "active" }),
  ),
  scenario(
    "a subscription with a trial",
    ...givenPlans,
    post(
      "subscription",
      "/v1/subscriptions",
      { customer: "{customer.id}", items: [{ price: "{basic.id}" }], trial_period_days: 14 },
      { status: "trialing" },
    ),
  ),
  scenario(
    "a subscription that is changed as previewed",
    ...givenPlans,
    subscribed,
    post("preview", "/v1/invoices/create_preview", {
      subscription: "{subscription.id}",
      subscription_details: {
        items: [{ id: "{subscription.items.data.0.id}", price: "{pro.id}", quantity: 1 }],
        proration_behavior: "always_invoice",
      },
    }),
    post(
      "changed",
      "/v1/subscriptions/{subscription.id}",
      {
        items: [{ id: "{subscription.items.data.0.id}", price: "{pro.id}", quantity: 1 }],
        proration_behavior: "always_invoice",
      },
      { status: "active" },
    ),
    get("invoice", "/v1/invoices/{changed.latest_invoice}", { billing_reason: "subscription_update" }),
  ),
  scenario(
    "a subscription that is canceled: at the end of the period, and then at once",
    ...givenPlans,
    subscribed,
    post(
      "ends",
      "/v1/subscriptions/{subscription.id}",
      { cancel_at_period_end: true },
      { cancel_at_period_end: true, status: "active" },
    ),
    remove("canceled", "/v1/subscriptions/{subscription.id}", { status: "canceled" }),
    refused(remove("again", "/v1/subscriptions/{subscription.id}"), 404, { code: "resource_missing" }),
  ),
  scenario(
    "a subscription whose collection is paused and resumed",
    ...givenPlans,
    subscribed,
    post(
      "paused",
      "/v1/subscriptions/{subscription.id}",
      { pause_collection: { behavior: "void" } },
      { status: "active", pause_collection: { behavior: "void", resumes_at: null } },
    ),
    post(
      "resumed",
      "/v1/subscriptions/{subscription.id}",
      { pause_collection: "" },
      { pause_collection: null },
    ),
  ),
  scenario(
    "a subscription with a coupon",
    ...givenPlans,
    post("coupon", "/v1/coupons", { percent_off: 25, duration: "forever" }, { valid: true }),
    post(
      "subscription",
      "/v1/subscriptions",
      {
        customer: "{customer.id}",
        items: [{ price: "{basic.id}" }],
        discounts: [{ coupon: "{coupon.id}" }],
      },
      { status: "active" },
    ),
    get("invoice", "/v1/invoices/{subscription.latest_invoice}", { subtotal: 1000, total: 750 }),
  ),
];
