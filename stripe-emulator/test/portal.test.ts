import { describe, expect, it } from "@jest/globals";
import type Stripe from "stripe";
import { errorOf, givenAnEmulator, rawCall } from "./running-emulator.ts";

/** An emulator with a subscription of one customer, and a second plan. */
async function givenASubscription() {
  const running = await givenAnEmulator();
  const { stripe } = running;
  const { id: customer } = await stripe.customers.create({ payment_method: "pm_card_visa" });
  const [method] = (await stripe.customers.listPaymentMethods(customer)).data;
  await stripe.customers.update(customer, {
    invoice_settings: { default_payment_method: String(method?.id) },
  });
  const price = async (name: string, unit_amount: number) =>
    (
      await stripe.prices.create({
        currency: "usd",
        unit_amount,
        recurring: { interval: "month" },
        product_data: { name },
      })
    ).id;
  const basic = await price("Basic", 1000);
  const pro = await price("Pro <b>", 2500);
  const { id: subscription } = await stripe.subscriptions.create({ customer, items: [{ price: basic }] });
  /** A portal session; `submit` presses one of its buttons. */
  const givenASession = async (more: Partial<Stripe.BillingPortal.SessionCreateParams> = {}) => {
    const session = await stripe.billingPortal.sessions.create({
      customer,
      return_url: "https://shop.example/account",
      ...more,
    });
    const page = (init: RequestInit = {}) => fetch(session.url, { redirect: "manual", ...init });
    const submit = (fields: Record<string, string>) =>
      page({ method: "POST", body: new URLSearchParams(fields) });
    return { session, page, submit };
  };
  return { ...running, customer, subscription, basic, pro, givenASession };
}

describe("given a portal session without a configuration", () => {
  it("the default configuration offers everything, and its page shows the subscription", async () => {
    const { stripe, givenASession, eventTypes } = await givenASubscription();
    const { session, page } = await givenASession();
    const [configuration] = (await stripe.billingPortal.configurations.list({ is_default: true })).data;
    expect(session.configuration).toBe(configuration?.id);
    const text = await (await page()).text();
    expect(text).toContain("1 × Basic, $10.00 per month");
    expect(text).toContain("Pro &lt;b&gt;, $25.00 per month");
    expect(text).toContain("https://shop.example/account");
    expect(await eventTypes()).toContain("billing_portal.session.created");
  });

  it("the customer cancels at the end of the period, and changes their mind", async () => {
    const { stripe, givenASession, subscription } = await givenASubscription();
    const { session, page, submit } = await givenASession();
    const canceled = await submit({ action: "cancel", subscription });
    expect([canceled.status, canceled.headers.get("location")]).toEqual([303, session.url]);
    expect((await stripe.subscriptions.retrieve(subscription)).cancel_at_period_end).toBe(true);
    expect(await (await page()).text()).toContain("Keep subscription");
    await submit({ action: "keep", subscription });
    expect((await stripe.subscriptions.retrieve(subscription)).cancel_at_period_end).toBe(false);
  });

  it("the customer changes the plan and the quantity", async () => {
    const { stripe, givenASession, subscription, pro } = await givenASubscription();
    const { submit } = await givenASession();
    await submit({ action: "change", subscription, price: pro, quantity: "3" });
    const [item] = (await stripe.subscriptions.retrieve(subscription)).items.data;
    expect([item?.price.id, item?.quantity]).toEqual([pro, 3]);
  });

  it("a new card pays from then on; one that is declined is said to be", async () => {
    const { stripe, givenASession, customer } = await givenASubscription();
    const { submit } = await givenASession();
    const declined = await submit({ action: "card", card: "4000000000000002" });
    expect([declined.status, await declined.text()]).toEqual([
      402,
      expect.stringContaining("Your card was declined."),
    ]);
    await submit({ action: "card", card: "5555555555554444" });
    const found: Partial<Stripe.Customer> = Object(await stripe.customers.retrieve(customer));
    const method = await stripe.paymentMethods.retrieve(
      String(found.invoice_settings?.default_payment_method),
    );
    expect(method.card?.brand).toBe("mastercard");
  });

  it("nobody reaches the subscription of another customer", async () => {
    const { stripe, givenASession, basic } = await givenASubscription();
    const other = await stripe.customers.create({ payment_method: "pm_card_visa" });
    const [method] = (await stripe.customers.listPaymentMethods(other.id)).data;
    const { id } = await stripe.subscriptions.create({
      customer: other.id,
      items: [{ price: basic }],
      default_payment_method: String(method?.id),
    });
    const { submit } = await givenASession();
    expect((await submit({ action: "cancel", subscription: id })).status).toBe(402);
    expect((await stripe.subscriptions.retrieve(id)).cancel_at_period_end).toBe(false);
  });
});

describe("given a configuration", () => {
  it("has what was given and the rest switched off, and can be changed", async () => {
    const { stripe, eventTypes } = await givenAnEmulator();
    const created = await stripe.billingPortal.configurations.create({
      business_profile: { headline: "Hello" },
      features: { subscription_cancel: { enabled: true, mode: "immediately" } },
    });
    expect(created).toMatchObject({
      active: true,
      is_default: false,
      business_profile: { headline: "Hello", privacy_policy_url: null },
      features: {
        subscription_cancel: { enabled: true, mode: "immediately", proration_behavior: "none" },
        invoice_history: { enabled: false },
        subscription_update: { enabled: false },
      },
    });
    const updated = await stripe.billingPortal.configurations.update(created.id, {
      metadata: { foo: "bar" },
      features: { invoice_history: { enabled: true } },
    });
    expect(updated.features).toMatchObject({
      invoice_history: { enabled: true },
      subscription_cancel: { enabled: true },
    });
    expect(await eventTypes()).toEqual([
      "billing_portal.configuration.created",
      "billing_portal.configuration.updated",
    ]);
  });

  it("that offers nothing lets nobody do anything", async () => {
    const { stripe, givenASession, subscription, pro } = await givenASubscription();
    const { id } = await stripe.billingPortal.configurations.create({
      features: { invoice_history: { enabled: true } },
    });
    const { page, submit } = await givenASession({ configuration: id });
    expect(await (await page()).text()).not.toContain("<button");
    for (const action of ["cancel", "change", "card"]) {
      const refused = await submit({ action, subscription, price: pro, card: "4242424242424242" });
      expect(refused.status).toBe(402);
    }
    expect(await stripe.subscriptions.retrieve(subscription)).toMatchObject({
      status: "active",
      cancel_at_period_end: false,
    });
  });

  it("decides what the portal does, and where it leads afterwards", async () => {
    const { stripe, givenASession, subscription, pro } = await givenASubscription();
    const configuration = await stripe.billingPortal.configurations.create({
      features: { subscription_cancel: { enabled: true, mode: "immediately" } },
    });
    const { page, submit } = await givenASession({
      configuration: configuration.id,
      flow_data: {
        type: "subscription_cancel",
        subscription_cancel: { subscription },
        after_completion: { type: "redirect", redirect: { return_url: "https://shop.example/bye" } },
      },
    });
    expect(await (await page()).text()).not.toContain("Replace card");
    expect((await submit({ action: "change", subscription, price: pro })).status).toBe(402);
    expect((await submit({ action: "cancel", subscription })).headers.get("location")).toBe(
      "https://shop.example/bye",
    );
    expect((await stripe.subscriptions.retrieve(subscription)).status).toBe("canceled");
  });
});

describe("given wrong parameters, the error names the field", () => {
  it.each([
    ["customer", "sessions", "return_url=https://a.example"],
    ["configuration", "sessions", "customer={customer}&configuration=bpc_no"],
    ["flow_data[subscription_cancel]", "sessions", "customer={customer}&flow_data[type]=subscription_cancel"],
    ["features", "configurations", "metadata[a]=b"],
    ["features[subscription_cancel][mode]", "configurations", "features[subscription_cancel][mode]=later"],
  ])("%s", async (param, kind, form) => {
    const { emulator, customer } = await givenASubscription();
    const body = form.replace("{customer}", customer);
    const refused = await rawCall(emulator, "POST", `/v1/billing_portal/${kind}`, { body });
    expect([refused.status, Object(refused.body.error).param]).toEqual([400, param]);
  });

  it("another customer's subscription is not one of a flow", async () => {
    const { stripe, subscription } = await givenASubscription();
    const other = await stripe.customers.create({});
    const error = await errorOf(
      stripe.billingPortal.sessions.create({
        customer: other.id,
        flow_data: { type: "subscription_cancel", subscription_cancel: { subscription } },
      }),
    );
    expect(error.param).toBe("flow_data[subscription_cancel][subscription]");
  });
});
