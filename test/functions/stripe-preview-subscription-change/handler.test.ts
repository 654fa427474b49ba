import { describe, expect, it } from "@jest/globals";
import { handler } from "../../../generated/handlers/stripe-preview-subscription-change.ts";
import { scanTable } from "../../../lib/aws/dynamodb.ts";
import * as given from "../../steps/given.ts";
import { boundTo, stripeShop } from "../../steps/given-a-subscriber.ts";
import * as when from "../../steps/when.ts";

given.capturedLog();
const shop = stripeShop();
const path = "/api/capabilities/stripe-preview-subscription-change";
const preview = (query: Record<string, string>, authorizer?: Record<string, unknown>) =>
  when.callsForJson(handler, { method: "GET", path, query, authorizer });

async function plans() {
  const product = (await shop.stripe.products.create({ name: "Plan" })).id;
  const basic = await shop.price({ product, unit_amount: 1000 });
  return { product, basic, pro: await shop.price({ product, unit_amount: 3000 }) };
}

/** Just begun, so that a whole period is still to be paid for. */
async function aSubscription(parameters = {}) {
  const { product, basic, pro } = await plans();
  const { id, items, customer } = await shop.subscription({ price: basic, ...parameters });
  return { id, product, basic, pro, customer: String(customer), end: items.data[0]?.current_period_end ?? 0 };
}

const iso = (seconds: number) => new Date(seconds * 1000).toISOString();

describe("given a subscription that has just begun", () => {
  it("now: the difference is due at once, and the next invoice is a whole one", async () => {
    const { id, pro, end } = await aSubscription();
    const { status, body } = await preview({ subscriptionId: id, priceId: pro });
    expect({ status, body }).toMatchObject({
      status: 200,
      body: { amountDue: 2000, currency: "usd", nextInvoiceTotal: 3000, nextInvoiceAt: iso(end) },
    });
    expect(body.lines.map(({ amount }: { amount: number }) => amount).sort()).toEqual([-1000, 3000]);
    const life = Date.parse(body.expiresAt) - Date.now();
    expect(life).toBeGreaterThan(200_000);
    expect(life).toBeLessThanOrEqual(300_000);
  });

  it("next-invoice: nothing is due at once, and the next invoice has the difference too", async () => {
    const { id, pro, end } = await aSubscription();
    expect(
      (await preview({ subscriptionId: id, priceId: pro, proration: "next-invoice" })).body,
    ).toMatchObject({
      ...{ amountDue: 0, nextInvoiceTotal: 5000, nextInvoiceAt: iso(end) },
    });
  });

  it("none: the next invoice is the first with the new price", async () => {
    const { id, pro, end } = await aSubscription();
    expect((await preview({ subscriptionId: id, priceId: pro, proration: "none" })).body).toMatchObject({
      ...{ amountDue: 0, nextInvoiceTotal: 3000, nextInvoiceAt: iso(end) },
    });
  });

  it("in a trial, nothing is due before its end", async () => {
    const { id, pro, end } = await aSubscription({ trial_period_days: 14 });
    expect((await preview({ subscriptionId: id, priceId: pro, quantity: "2" })).body).toMatchObject({
      ...{ amountDue: 0, nextInvoiceTotal: 6000, nextInvoiceAt: iso(end) },
    });
  });

  it("another interval begins another period, which is due at once", async () => {
    const { id, product } = await aSubscription();
    const yearly = await shop.price({ product, unit_amount: 20_000, recurring: { interval: "year" } });
    const { body } = await preview({ subscriptionId: id, priceId: yearly, proration: "none" });
    expect(body).toMatchObject({ amountDue: 20_000, nextInvoiceTotal: 20_000 });
    expect(Date.parse(body.nextInvoiceAt) - Date.now()).toBeGreaterThan(364 * 86_400_000);
  });

  it("one that ends with its period has no next invoice", async () => {
    const { id, pro, end } = await aSubscription({ cancel_at_period_end: true });
    expect((await preview({ subscriptionId: id, priceId: pro, proration: "none" })).body).toMatchObject({
      ...{ amountDue: 0, nextInvoiceTotal: 0, nextInvoiceAt: iso(end), lines: [] },
    });
  });

  it("changes nothing, neither at Stripe nor in a table", async () => {
    const { id, pro } = await aSubscription();
    const before = await shop.stripe.subscriptions.retrieve(id);
    await preview({ subscriptionId: id, priceId: pro });
    expect(await shop.stripe.subscriptions.retrieve(id)).toEqual(before);
    expect(await scanTable("SubscriptionClaimsTable")).toEqual([]);
  });
});

describe("given a subscription with several items", () => {
  it("the item of the price's product is changed", async () => {
    const [a, b] = [await plans(), await plans()];
    const { id } = await shop.subscription({ items: [{ price: a.basic }, { price: b.basic }] });
    expect((await preview({ subscriptionId: id, priceId: b.pro })).body).toMatchObject({ amountDue: 2000 });
    expect((await preview({ subscriptionId: id, priceId: b.basic, quantity: "3" })).body).toMatchObject({
      amountDue: 2000,
    });
    for (const query of [{ quantity: "2" }, { priceId: await shop.price() }, { priceId: "price_none" }]) {
      expect(await preview({ subscriptionId: id, ...query })).toMatchObject({
        status: 422,
        body: { issues: [{ path: "priceId" }] },
      });
    }
  });
});

describe("given a call that cannot be made", () => {
  it("another customer's subscription is not found", async () => {
    const { id, pro, customer } = await aSubscription();
    const query = { subscriptionId: id, priceId: pro };
    expect(await preview(query, boundTo(customer, "checkout"))).toMatchObject({ status: 200 });
    expect(await preview(query, boundTo(await shop.customer(), "checkout"))).toMatchObject({ status: 404 });
  });

  it("one that has ended is a conflict", async () => {
    const { id, pro } = await aSubscription();
    await shop.stripe.subscriptions.cancel(id);
    expect(await preview({ subscriptionId: id, priceId: pro })).toMatchObject({
      status: 409,
      body: { issues: [{ path: "subscriptionId" }] },
    });
  });

  it.each<[Record<string, string>, number, string]>([
    [{ subscriptionId: "sub_none", quantity: "2" }, 404, "subscriptionId"],
    [{}, 422, "priceId"],
    [{ priceId: "price_none" }, 422, "priceId"],
    [{ priceId: "../prices" }, 422, "priceId"],
    [{ quantity: "0" }, 422, "quantity"],
    [{ quantity: "2", proration: "later" }, 422, "proration"],
  ])("%p is refused at its field", async (query, expected, field) => {
    const { id } = await aSubscription();
    const { status, body } = await preview({ subscriptionId: id, ...query });
    expect([status, body.issues[0].path]).toEqual([expected, field]);
  });

  it("a price in another currency is refused at its field", async () => {
    const { id } = await aSubscription();
    const { status, body } = await preview({
      subscriptionId: id,
      priceId: await shop.price({ currency: "eur" }),
    });
    expect([status, body.issues[0].path]).toEqual([422, "priceId"]);
  });
});
