import { randomUUID } from "node:crypto";
import { describe, expect, it } from "@jest/globals";
import { handler } from "../../../generated/handlers/stripe-change-subscription.ts";
import { handler as previewHandler } from "../../../generated/handlers/stripe-preview-subscription-change.ts";
import { scanTable } from "../../../lib/aws/dynamodb.ts";
import * as given from "../../steps/given.ts";
import { boundTo, stripeShop } from "../../steps/given-a-subscriber.ts";
import * as when from "../../steps/when.ts";

const log = given.capturedLog();
const shop = stripeShop();
const path = "/api/capabilities/stripe-change-subscription";
const change = (body: object, key: string = randomUUID(), authorizer?: Record<string, unknown>) =>
  when.callsForJson(handler, { path, body, headers: { "idempotency-key": key }, authorizer });
const quoteFor = async (body: object): Promise<string> => {
  const path = "/api/capabilities/stripe-preview-subscription-change";
  return (await when.callsForJson(previewHandler, { path, body })).body.quote;
};

/** Just begun, so that a whole period is still to be paid for: 10 dollars a month, which can become 30. */
async function aSubscription(parameters = {}) {
  const product = (await shop.stripe.products.create({ name: "Plan" })).id;
  const basic = await shop.price({ product, unit_amount: 1000 });
  const pro = await shop.price({ product, unit_amount: 3000 });
  const { id, customer } = await shop.subscription({ price: basic, ...parameters });
  return { id, basic, pro, customer: String(customer) };
}

async function itemOf(id: string) {
  const { items } = await shop.stripe.subscriptions.retrieve(id);
  return items.data.map(({ price, quantity }) => [price.id, quantity]);
}

const totals = async (customer: string) =>
  (await shop.stripe.invoices.list({ customer, limit: 100 })).data.map(({ amount_paid: paid }) => paid);

async function useCard(customer: string, card: string) {
  const { id } = await shop.stripe.paymentMethods.attach(card, { customer });
  await shop.stripe.customers.update(customer, { invoice_settings: { default_payment_method: id } });
}

describe("given a change without a quote", () => {
  it("an upgrade is charged at once, and its invoice is named", async () => {
    const { id, pro, customer } = await aSubscription();
    const { status, body } = await change({ subscriptionId: id, priceId: pro });
    expect({ status, body }).toMatchObject({
      status: 200,
      body: { subscriptionId: id, status: "active", amountDue: 2000, currency: "usd" },
    });
    expect(body.invoiceId).toMatch(/^in_/);
    expect(body).not.toHaveProperty("payUrl");
    expect(await itemOf(id)).toEqual([[pro, 1]]);
    expect(await totals(customer)).toEqual([2000, 1000]);
  });

  it("a quantity stays when the price changes, and a price when the quantity does", async () => {
    const { id, basic, pro } = await aSubscription();
    await change({ subscriptionId: id, quantity: 3 });
    expect(await itemOf(id)).toEqual([[basic, 3]]);
    await change({ subscriptionId: id, priceId: pro, proration: "none" });
    expect(await itemOf(id)).toEqual([[pro, 3]]);
  });

  it("with the next invoice, nothing is charged at once", async () => {
    const { id, pro, customer } = await aSubscription();
    const { body } = await change({ subscriptionId: id, priceId: pro, proration: "next-invoice" });
    expect(body).toMatchObject({ amountDue: 0 });
    expect(body).not.toHaveProperty("invoiceId");
    expect(await totals(customer)).toEqual([1000]);
  });

  it("if the card is declined, nothing changes until the payer has paid", async () => {
    const { id, basic, pro, customer } = await aSubscription();
    await useCard(customer, "pm_card_chargeCustomerFail");
    const { status, body } = await change({
      ...{ subscriptionId: id, priceId: pro },
      returnUrl: "https://shop.example.com/plan",
    });
    expect({ status, body }).toMatchObject({
      status: 200,
      body: {
        ...{ status: "active", amountDue: 2000 },
        payUrl: expect.stringMatching(`^https://pay.example.com/pay/${id}\\.`),
      },
    });
    expect(await itemOf(id)).toEqual([[basic, 1]]);
    await shop.control("POST", "pay", {
      paymentIntent: body.clientSecret.split("_secret_")[0],
      card: "4242424242424242",
    });
    expect(await itemOf(id)).toEqual([[pro, 1]]);
  });
});

describe("given a quote", () => {
  it("it alone is enough, and the change charges what it says", async () => {
    const { id, pro, customer } = await aSubscription();
    const quote = await quoteFor({ subscriptionId: id, priceId: pro, quantity: 2 });
    expect((await change({ subscriptionId: id, quote })).body).toMatchObject({ amountDue: 5000 });
    expect(await itemOf(id)).toEqual([[pro, 2]]);
    expect(await totals(customer)).toEqual([5000, 1000]);
  });

  it.each<[string, string, (given: Awaited<ReturnType<typeof aSubscription>>) => Promise<object>]>([
    ["that was made for another price", "made for another change", async ({ basic }) => ({ priceId: basic })],
    ["that was made for another quantity", "made for another change", async () => ({ quantity: 2 })],
    ["that was made for another proration", "made for another change", async () => ({ proration: "none" })],
    [
      "that was made for another subscription",
      "made for another subscription",
      async () => {
        const other = await aSubscription();
        return { quote: await quoteFor({ subscriptionId: other.id, priceId: other.pro }) };
      },
    ],
    [
      "of a subscription whose quantity has changed since",
      "overtaken: the subscription has changed",
      async ({ id }) => {
        await change({ subscriptionId: id, quantity: 4, proration: "none" });
        return {};
      },
    ],
    [
      "of a subscription that has a discount since",
      "overtaken: the subscription has changed",
      async ({ id }) => {
        const { id: coupon } = await shop.stripe.coupons.create({ percent_off: 10, duration: "forever" });
        await shop.stripe.subscriptions.update(id, { discounts: [{ coupon }] });
        return {};
      },
    ],
    [
      "of a customer who has a credit since",
      "overtaken: the charge would be another one",
      async ({ customer }) => {
        await shop.stripe.customers.createBalanceTransaction(customer, { amount: -300, currency: "usd" });
        return {};
      },
    ],
    [
      "of a customer who has something else to pay since",
      "overtaken: the charge would be another one",
      async ({ customer, id }) => {
        await shop.stripe.invoiceItems.create({ customer, subscription: id, amount: 500, currency: "usd" });
        return {};
      },
    ],
    [
      "that has been used by another call",
      "overtaken: the subscription has changed",
      async ({ id, pro }) => {
        const quote = await quoteFor({ subscriptionId: id, priceId: pro });
        await change({ subscriptionId: id, quote });
        return { quote };
      },
    ],
  ])("one %s is refused, and says why; nothing changes", async (_what, why, overtake) => {
    const subscription = await aSubscription();
    const { id, pro, customer } = subscription;
    const quote = await quoteFor({ subscriptionId: id, priceId: pro });
    const inputs = { subscriptionId: id, quote, ...(await overtake(subscription)) };
    const before = [await itemOf(id), await totals(customer)];
    const { status, body } = await change(inputs);
    expect([status, body.code, body.issues[0].path]).toEqual([412, "PRECONDITION_FAILED", "quote"]);
    expect(body.detail).toContain(why);
    expect([await itemOf(id), await totals(customer)]).toEqual(before);
    expect(await scanTable("SubscriptionClaimsTable")).toEqual([]);
  });

  it("one for no change at all is refused, too, if the period has ended since", async () => {
    const { id, customer } = await aSubscription();
    const quote = await quoteFor({ subscriptionId: id, quantity: 1 });
    await shop.control("POST", "clock", { advance: 32 * 86_400 });
    const before = await totals(customer);
    expect(await change({ subscriptionId: id, quote })).toMatchObject({
      status: 412,
      body: { code: "PRECONDITION_FAILED", issues: [{ path: "quote" }] },
    });
    expect(await totals(customer)).toEqual(before);
  });

  it("a text that is not a quote, or is one with another amount, is refused at its field", async () => {
    const { id, pro } = await aSubscription();
    const quote = await quoteFor({ subscriptionId: id, priceId: pro });
    const [payload = "", mac] = quote.split(".");
    const cheaper = Buffer.from(
      Buffer.from(payload, "base64url").toString().replace('"amountDue":2000', '"amountDue":1'),
    ).toString("base64url");
    expect(cheaper).not.toBe(payload);
    for (const forged of ["", "quote", `${cheaper}.${mac}`, `${payload}.`, payload]) {
      const { status, body } = await change({ subscriptionId: id, quote: forged });
      expect([status, body.issues[0].path]).toEqual([422, "quote"]);
    }
  });
});

describe("given a response that was lost", () => {
  it.each(["with a quote", "without one"])(
    "%s, the same call returns what it has changed, once",
    async (how) => {
      const { id, pro, customer } = await aSubscription();
      const quote =
        how === "with a quote" ? { quote: await quoteFor({ subscriptionId: id, priceId: pro }) } : {};
      const match = { method: "POST", path: `/v1/subscriptions/${id}` };
      await shop.control("POST", "faults", { kind: "reset_after_commit", times: 2, match });
      const key = randomUUID();
      const inputs = { subscriptionId: id, priceId: pro, ...quote };
      expect(await change(inputs, key)).toMatchObject({ status: 502, body: { retryable: true } });
      expect(await change(inputs, key)).toMatchObject({ status: 200, body: { amountDue: 2000 } });
      expect(await totals(customer)).toEqual([2000, 1000]);
    },
  );

  it("a simultaneous change waits; one of two quotes is applied", async () => {
    const { id, pro, customer } = await aSubscription();
    const quotes = await Promise.all([
      quoteFor({ subscriptionId: id, priceId: pro }),
      quoteFor({ subscriptionId: id, quantity: 5 }),
    ]);
    const results = await Promise.all(quotes.map((quote) => change({ subscriptionId: id, quote })));
    expect(results.map(({ status }) => status).sort()).toEqual([200, 412]);
    expect(await totals(customer)).toHaveLength(2);
  });
});

describe("given somebody who changes what is due between the last preview and the change", () => {
  /** Makes Stripe wait before the change, and charges 5 dollars more in the meantime. */
  async function overtakeInTime(id: string, customer: string, quote: string) {
    const match = { method: "POST", path: `/v1/subscriptions/${id}` };
    await shop.control("POST", "faults", { kind: "delay", ms: 60_000, times: 1, match });
    const changing = change({ subscriptionId: id, quote });
    const isWaiting = async () => (await shop.control("GET", "state")).faults.length === 0;
    while (!(await isWaiting())) await new Promise((resolve) => setImmediate(resolve));
    await shop.stripe.invoiceItems.create({ customer, subscription: id, amount: 500, currency: "usd" });
    await shop.control("DELETE", "faults/delay");
    return changing;
  }

  it("what was paid above the quote is refunded, and there is an alarm", async () => {
    const { id, pro, customer } = await aSubscription();
    const quote = await quoteFor({ subscriptionId: id, priceId: pro });
    const { status } = await overtakeInTime(id, customer, quote);
    expect(status).toBe(200);
    expect(await totals(customer)).toEqual([2500, 1000]);
    const refunds = (await shop.stripe.refunds.list({ limit: 1 })).data;
    expect(refunds).toMatchObject([{ amount: 500 }]);
    expect(log.lines()).toContainEqual(
      expect.objectContaining({ event: "quote.mismatch", quoted: 2000, due: 2500 }),
    );
  });

  it("an invoice that waits for its payment is void, and nothing is changed", async () => {
    const { id, basic, pro, customer } = await aSubscription();
    await useCard(customer, "pm_card_chargeCustomerFail");
    const quote = await quoteFor({ subscriptionId: id, priceId: pro });
    expect(await overtakeInTime(id, customer, quote)).toMatchObject({ status: 412 });
    expect(await itemOf(id)).toEqual([[basic, 1]]);
    const [latest] = (await shop.stripe.invoices.list({ customer })).data;
    expect(latest).toMatchObject({ status: "void" });
  });
});

describe("given inputs that cannot be used", () => {
  it.each<[object, number, string]>([
    [{ subscriptionId: "sub_none", quantity: 2 }, 404, "subscriptionId"],
    [{}, 422, "priceId"],
    [{ priceId: "price_none" }, 422, "priceId"],
    [{ quantity: 0 }, 422, "quantity"],
    [{ quantity: 1.5 }, 422, "quantity"],
    [{ quantity: 2, proration: "later" }, 422, "proration"],
    [{ quantity: 2, returnUrl: "https://evil.example.com/" }, 422, "returnUrl"],
  ])("%p is refused at its field", async (inputs, expected, field) => {
    const { id, basic } = await aSubscription();
    const { status, body } = await change({ subscriptionId: id, ...inputs });
    expect([status, body.issues[0].path]).toEqual([expected, field]);
    expect(await itemOf(id)).toEqual([[basic, 1]]);
  });

  it("another customer's subscription is not found, also with a quote for it", async () => {
    const { id, basic, pro } = await aSubscription();
    const quote = await quoteFor({ subscriptionId: id, priceId: pro });
    const authorizer = boundTo(await shop.customer());
    expect(await change({ subscriptionId: id, quote }, randomUUID(), authorizer)).toMatchObject({
      status: 404,
    });
    expect(await itemOf(id)).toEqual([[basic, 1]]);
  });

  it("one that waits for its first payment is a conflict", async () => {
    const { id } = await aSubscription({ payment_behavior: "default_incomplete" });
    expect(await change({ subscriptionId: id, quantity: 2 })).toMatchObject({ status: 409 });
  });
});
