/**
 * The objects that the examples of contracts name. In an example, the name stands for the id of an object at Stripe, which
 * is made for that example alone.
 */
import type Stripe from "stripe";

/** What makes an object can use. */
export interface Making {
  readonly stripe: Stripe;
  /** The id of another object of the same example. */
  object(name: string): Promise<string>;
  /** The response of a capability. Throws if it refuses. */
  call(capability: string, inputs: object): Promise<Readonly<Record<string, unknown>>>;
}

/** Makes the object, and returns its id, or what stands in its place. */
type Maker = (making: Making) => Promise<string>;

/** Paid with a card, immediately. */
const PAID_NOW = {
  payment_method: "pm_card_visa",
  confirm: true,
  automatic_payment_methods: { enabled: true, allow_redirects: "never" },
} as const;

const intent =
  (parameters: Partial<Stripe.PaymentIntentCreateParams>): Maker =>
  async ({ stripe, object }) => {
    const { id } = await stripe.paymentIntents.create({
      amount: 4200,
      currency: "usd",
      customer: await object("cus_ada"),
      metadata: { orderId: "1042" },
      ...parameters,
    });
    return id;
  };

const monthlyPrice =
  (amount: number): Maker =>
  async ({ stripe, object }) => {
    const product = await object("prod_plan");
    const { id } = await stripe.prices.create({
      currency: "usd",
      unit_amount: amount,
      recurring: { interval: "month" },
      product,
    });
    return id;
  };

const subscription =
  (parameters: Partial<Stripe.SubscriptionCreateParams> = {}): Maker =>
  async ({ stripe, object }) => {
    const { id } = await stripe.subscriptions.create({
      customer: await object("cus_with_card"),
      items: [{ price: await object("price_basic") }],
      ...parameters,
    });
    return id;
  };

export const EXAMPLE_OBJECTS: Readonly<Record<string, Maker>> = {
  cus_ada: async ({ stripe }) =>
    (await stripe.customers.create({ email: "ada@example.com", name: "Ada" })).id,
  /** A card that the customer has saved beside others. */
  pm_visa: async ({ stripe, object }) =>
    (await stripe.paymentMethods.attach("pm_card_visa", { customer: await object("cus_ada") })).id,
  /** A customer whose default card pays. */
  cus_with_card: async ({ stripe }) => {
    const { id } = await stripe.customers.create({ email: "ada@example.com", name: "Ada" });
    const card = await stripe.paymentMethods.attach("pm_card_visa", { customer: id });
    await stripe.customers.update(id, { invoice_settings: { default_payment_method: card.id } });
    return id;
  },
  cus_with_payment: async ({ object }) => {
    await object("pi_paid");
    return object("cus_ada");
  },
  cus_subscribed: async ({ object }) => {
    await object("sub_active");
    return object("cus_with_card");
  },

  pi_unpaid: intent({}),
  pi_paid: intent(PAID_NOW),
  pi_reserved: intent({ ...PAID_NOW, capture_method: "manual" }),

  prod_plan: async ({ stripe }) => (await stripe.products.create({ name: "Plan" })).id,
  /** A product with a price and a feature. */
  prod_sold: async ({ stripe, object }) => {
    const product = await object("prod_plan");
    await stripe.prices.create({
      ...{ product, currency: "usd", unit_amount: 9900, lookup_key: "plan-yearly" },
      recurring: { interval: "year", trial_period_days: 14 },
    });
    const feature = await stripe.entitlements.features.create({ name: "Reports", lookup_key: "reports" });
    await stripe.products.createFeature(product, { entitlement_feature: feature.id });
    return product;
  },
  price_basic: monthlyPrice(1000),
  price_pro: monthlyPrice(3000),

  sub_active: subscription(),
  sub_ending: subscription({ cancel_at_period_end: true }),
  /** A draft of an invoice for 50 dollars. */
  in_draft: async ({ stripe, object }) => {
    const customer = await object("cus_ada");
    const parameters = { collection_method: "send_invoice", days_until_due: 30 } as const;
    const { id } = await stripe.invoices.create({ customer, currency: "usd", ...parameters });
    await stripe.invoiceItems.create({ customer, invoice: id, amount: 5000, description: "Repair" });
    return id;
  },
  /** The same, finalized. */
  in_open: async ({ stripe, object }) => (await stripe.invoices.finalizeInvoice(await object("in_draft"))).id,
  cus_invoiced: async ({ object }) => {
    await object("in_open");
    return object("cus_ada");
  },

  /** A quote for changing sub_active to price_pro. */
  quote_of_pro: async ({ call, object }) => {
    const inputs = { subscriptionId: await object("sub_active"), priceId: await object("price_pro") };
    return String((await call("stripe-preview-subscription-change", inputs)).quote);
  },
};
