import { describe, expect, it } from "@jest/globals";
import { handler } from "../../../generated/handlers/stripe-get-subscription.ts";
import * as given from "../../steps/given.ts";
import { boundTo, stripeShop } from "../../steps/given-a-subscriber.ts";
import * as when from "../../steps/when.ts";

given.capturedLog();
const shop = stripeShop();
const path = "/api/capabilities/stripe-get-subscription";
const read = (subscriptionId: string, authorizer?: Record<string, unknown>) =>
  when.callsForJson(handler, { method: "GET", path, query: { subscriptionId }, authorizer });

describe("given a subscription at Stripe", () => {
  it("a GET returns it as it is now, without the product's own metadata", async () => {
    const customer = await shop.customer("pm_card_visa");
    const price = await shop.price();
    const { id, items } = await shop.subscription({
      ...{ customer, items: [{ price, quantity: 4 }], cancel_at_period_end: true },
      metadata: { orderId: "7", contractspec_call: "1" },
    });
    const end = new Date((items.data[0]?.current_period_end ?? 0) * 1000).toISOString();
    expect(await read(id)).toMatchObject({
      status: 200,
      body: {
        subscriptionId: id,
        customerId: customer,
        status: "active",
        items: [{ itemId: items.data[0]?.id, priceId: price, quantity: 4 }],
        currentPeriodEnd: end,
        cancelAtPeriodEnd: true,
        cancelAt: end,
        collectionPaused: false,
      },
    });
    expect((await read(id)).body.metadata).toEqual({ orderId: "7" });
  });

  it("a pause shows, with its end", async () => {
    const { id } = await shop.subscription();
    const resumes_at = Math.floor(Date.now() / 1000) + 864_000;
    await shop.stripe.subscriptions.update(id, { pause_collection: { behavior: "void", resumes_at } });
    expect((await read(id)).body).toMatchObject({
      status: "active",
      collectionPaused: true,
      pausedUntil: new Date(resumes_at * 1000).toISOString(),
    });
  });

  it("a principal that acts for one customer reads only that customer's", async () => {
    const own = await shop.subscription();
    const others = await shop.subscription();
    const authorizer = boundTo(String(own.customer), "checkout");
    expect(await read(own.id, authorizer)).toMatchObject({ status: 200 });
    expect(await read(others.id, authorizer)).toMatchObject({ status: 404, body: { code: "NOT_FOUND" } });
  });
});

describe("given an id that Stripe does not know", () => {
  it.each<[string, number]>([
    ["sub_none", 404],
    ["../customers", 422],
    ["", 422],
    [`sub_${"x".repeat(252)}`, 422],
  ])("%p is refused at its field", async (id, expected) => {
    const { status, body } = await read(id);
    expect([status, body.issues[0].path]).toEqual([expected, "subscriptionId"]);
  });
});
