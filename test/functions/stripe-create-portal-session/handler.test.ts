/** Portal sessions over the handler, and what their customers can do with them. */
import { describe, expect, it } from "@jest/globals";
import { handler } from "../../../generated/handlers/stripe-create-portal-session.ts";
import * as given from "../../steps/given.ts";
import { callOf, keyOf, stripeOfTheFile } from "../../steps/stripe-capability.ts";

given.localAws();
given.capturedLog();
const stripe = stripeOfTheFile();
const create = callOf(handler, "stripe-create-portal-session");
const returnUrl = "https://shop.example.com/account";

const aCustomer = async () => (await stripe.api.customers.create({ email: "ada@example.com" })).id;
const aPrice = (product: string, fields: object = {}) =>
  stripe.api.prices.create({
    product,
    currency: "usd",
    unit_amount: 1000,
    recurring: { interval: "month" },
    ...fields,
  });
const aProduct = async () => (await stripe.api.products.create({ name: "Pro" })).id;

async function aSubscriber() {
  const customerId = await aCustomer();
  await stripe.api.paymentMethods
    .attach("pm_card_visa", { customer: customerId })
    .then(({ id }) =>
      stripe.api.customers.update(customerId, { invoice_settings: { default_payment_method: id } }),
    );
  const price = await aPrice(await aProduct());
  const subscribe = async () =>
    (await stripe.api.subscriptions.create({ customer: customerId, items: [{ price: price.id }] })).id;
  return { customerId, price, subscriptionId: await subscribe(), subscribe };
}

/** Presses a button on the page. */
const press = (url: string, fields: Record<string, string>) =>
  fetch(url, { method: "POST", body: new URLSearchParams(fields), redirect: "manual" });
const configurations = async () =>
  (await stripe.api.billingPortal.configurations.list({ active: true })).data;
const sessionOf = async (url: string) => {
  const { objects } = await stripe.control("GET", "state");
  return objects["billing_portal.session"].find((session: { url: string }) => session.url === url);
};

describe("given a stage whose portal was never used", () => {
  it("simultaneous calls create one configuration, and later ones use it and keep what an operator has changed", async () => {
    const [customerId] = [await aCustomer(), await aPrice(await aProduct())];
    const responses = await Promise.all(Array.from({ length: 6 }, () => create({ customerId, returnUrl })));
    expect(responses.map(({ status }) => status)).toEqual(Array(6).fill(200));
    const [own, ...others] = await configurations();
    expect(others).toEqual([]);
    await stripe.api.billingPortal.configurations.update(String(own?.id), {
      features: { subscription_cancel: { enabled: true, mode: "immediately" } },
    });
    const price = await aPrice(await aProduct());
    expect((await create({ customerId, returnUrl })).status).toBe(200);
    const [changed, ...more] = await configurations();
    expect(more).toEqual([]);
    expect(changed).toMatchObject({
      id: own?.id,
      features: {
        payment_method_update: { enabled: true },
        invoice_history: { enabled: true },
        subscription_cancel: { enabled: true, mode: "immediately" },
      },
    });
    expect(changed?.features.subscription_update.products).toContainEqual(
      expect.objectContaining({ product: price.product, prices: [price.id] }),
    );
    await stripe.api.billingPortal.configurations.update(String(own?.id), {
      features: { subscription_cancel: { enabled: true, mode: "at_period_end" } },
    });
  });

  it("the choice has the newest price of each period of an active product, and no metered one", async () => {
    const product = await aProduct();
    const archived = await stripe.api.products.create({ name: "Old", active: false });
    await aPrice(archived.id);
    await aPrice(product);
    const monthly = await aPrice(product);
    const yearly = await aPrice(product, { recurring: { interval: "year" } });
    const { id: meter } = await stripe.api.billing.meters.create({
      display_name: "Calls",
      event_name: "portal_calls",
      default_aggregation: { formula: "sum" },
    });
    await aPrice(product, { recurring: { interval: "week", usage_type: "metered", meter } });
    await create({ customerId: await aCustomer(), returnUrl });
    const [configuration] = await configurations();
    const { products } = configuration?.features.subscription_update ?? {};
    expect(products?.find((one) => one.product === product)?.prices).toEqual([yearly.id, monthly.id]);
    expect(products?.some((one) => one.product === archived.id)).toBe(false);
  });
});

describe("given a customer with a subscription", () => {
  it("the page cancels at the period's end, and leads back", async () => {
    const { customerId, subscriptionId } = await aSubscriber();
    const { status, body } = await create({ customerId, returnUrl, flow: "cancel" });
    expect([status, Object.keys(body)]).toEqual([200, ["url"]]);
    const response = await press(body.url, { action: "cancel", subscription: subscriptionId });
    expect([response.status, response.headers.get("location")]).toEqual([303, returnUrl]);
    expect(await stripe.api.subscriptions.retrieve(subscriptionId)).toMatchObject({
      status: "active",
      cancel_at_period_end: true,
    });
  });

  it("the page changes the plan, and the change is charged at once", async () => {
    const { customerId, subscriptionId, price } = await aSubscriber();
    const yearly = await aPrice(String(price.product), {
      unit_amount: 9000,
      recurring: { interval: "year" },
    });
    const { body } = await create({ customerId, returnUrl, flow: "change" });
    await press(body.url, { action: "change", subscription: subscriptionId, price: yearly.id });
    expect(await stripe.api.subscriptions.retrieve(subscriptionId)).toMatchObject({
      status: "active",
      items: { data: [{ price: { id: yearly.id } }] },
    });
    const { data } = await stripe.api.invoices.list({ customer: customerId });
    expect(data).toMatchObject([{ status: "paid" }, { amount_paid: 1000 }]);
  });

  it("the page replaces the card", async () => {
    const { customerId } = await aSubscriber();
    const { body } = await create({ customerId, returnUrl, flow: "payment-method" });
    expect((await sessionOf(body.url)).flow).toMatchObject({
      type: "payment_method_update",
      after_completion: { redirect: { return_url: returnUrl } },
    });
    await press(body.url, { action: "card", card: "5555555555554444" });
    const { data } = await stripe.api.customers.listPaymentMethods(customerId);
    expect(data[0]?.card?.last4).toBe("4444");
  });

  it("of several subscriptions, the call names the one", async () => {
    const { customerId, subscriptionId, subscribe } = await aSubscriber();
    await subscribe();
    const unnamed = await create({ customerId, returnUrl, flow: "cancel" });
    expect([unnamed.status, unnamed.body.issues[0].path]).toEqual([422, "subscriptionId"]);
    const { body } = await create({ customerId, returnUrl, flow: "cancel", subscriptionId });
    expect((await sessionOf(body.url)).flow.subscription_cancel.subscription).toBe(subscriptionId);
  });
});

describe("given a call that does not fit", () => {
  it("a customer without a subscription cannot be sent to cancel one", async () => {
    const response = await create({ customerId: await aCustomer(), returnUrl, flow: "cancel" });
    expect(response).toMatchObject({ status: 409, body: { code: "CONFLICT", issues: [{ path: "flow" }] } });
  });

  it("somebody else's subscription is not found", async () => {
    const { subscriptionId } = await aSubscriber();
    const fields = { customerId: await aCustomer(), returnUrl, flow: "cancel" };
    for (const id of [subscriptionId, "sub_none"]) {
      const response = await create({ ...fields, subscriptionId: id });
      expect([response.status, response.body.issues[0].path]).toEqual([404, "subscriptionId"]);
    }
  });

  it("a principal that acts for one customer makes pages for that customer only", async () => {
    const customerId = await aCustomer();
    const authorizer = keyOf("checkout", customerId);
    expect((await create({ customerId, returnUrl }, { authorizer })).status).toBe(200);
    expect((await create({ customerId: await aCustomer(), returnUrl }, { authorizer })).status).toBe(403);
  });

  it.each<[string, object, string]>([
    ["a page of somebody else", { returnUrl: "https://evil.example.com/" }, "returnUrl"],
    ["no way back", { returnUrl: undefined }, "returnUrl"],
    ["another flow", { flow: "pause" }, "flow"],
    ["a subscription without a flow", { subscriptionId: "sub_1" }, "subscriptionId"],
    ["a subscription for a card", { flow: "payment-method", subscriptionId: "sub_1" }, "subscriptionId"],
    ["a customer that does not exist", {}, "customerId"],
    ["a customer that does not exist, with a flow", { flow: "cancel" }, "customerId"],
  ])("%s is refused at its field", async (_what, fields, path) => {
    const response = await create({ customerId: "cus_none", returnUrl, ...fields });
    expect([response.status, response.body.issues[0].path]).toEqual([422, path]);
  });

  it("while Stripe is down, the response says so", async () => {
    const customerId = await aCustomer();
    await stripe.orderFaults({ kind: "status", status: 503, times: 50 });
    expect((await create({ customerId, returnUrl })).status).toBe(502);
    await stripe.takeBackFaults();
  });
});
