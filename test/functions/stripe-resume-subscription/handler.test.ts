import { randomUUID } from "node:crypto";
import { describe, expect, it } from "@jest/globals";
import { handler } from "../../../generated/handlers/stripe-resume-subscription.ts";
import * as given from "../../steps/given.ts";
import { boundTo, stripeShop } from "../../steps/given-a-subscriber.ts";
import * as when from "../../steps/when.ts";

given.capturedLog();
const shop = stripeShop();
const path = "/api/capabilities/stripe-resume-subscription";
const resume = (subscriptionId: string, authorizer?: Record<string, unknown>) =>
  when.callsForJson(handler, {
    path,
    body: { subscriptionId },
    headers: { "idempotency-key": randomUUID() },
    authorizer,
  });

describe("given a subscription that is to end, or is paused", () => {
  it("a cancellation at the end of the period is withdrawn, and a pause ends", async () => {
    const { id, items } = await shop.subscription();
    await shop.stripe.subscriptions.update(id, {
      cancel_at_period_end: true,
      pause_collection: { behavior: "void" },
    });
    expect(await resume(id)).toMatchObject({
      status: 200,
      body: {
        subscriptionId: id,
        status: "active",
        currentPeriodEnd: new Date((items.data[0]?.current_period_end ?? 0) * 1000).toISOString(),
      },
    });
    expect(await shop.stripe.subscriptions.retrieve(id)).toMatchObject({
      ...{ cancel_at_period_end: false, cancel_at: null, pause_collection: null },
    });
  });

  it("a cancellation at a date is withdrawn", async () => {
    const { id } = await shop.subscription();
    await shop.stripe.subscriptions.update(id, { cancel_at: Math.floor(Date.now() / 1000) + 86_400 * 90 });
    expect(await resume(id)).toMatchObject({ status: 200 });
    expect(await shop.stripe.subscriptions.retrieve(id)).toMatchObject({ cancel_at: null });
  });

  it("one that goes on already stays as it is", async () => {
    const { id } = await shop.subscription();
    const before = await shop.stripe.subscriptions.retrieve(id);
    expect(await resume(id)).toMatchObject({ status: 200, body: { status: "active" } });
    expect(await shop.stripe.subscriptions.retrieve(id)).toEqual(before);
  });

  it("one that was paused at the end of its trial goes on when the customer has a card", async () => {
    const customer = await shop.customer();
    const { id } = await shop.subscription({
      ...{ customer, trial_period_days: 1 },
      trial_settings: { end_behavior: { missing_payment_method: "pause" } },
    });
    await shop.control("POST", "clock", { advance: 2 * 86_400 });
    expect(await shop.stripe.subscriptions.retrieve(id)).toMatchObject({ status: "paused" });
    const card = await shop.stripe.paymentMethods.attach("pm_card_visa", { customer });
    await shop.stripe.customers.update(customer, { invoice_settings: { default_payment_method: card.id } });
    expect(await resume(id)).toMatchObject({ status: 200, body: { status: "active" } });
  });
});

describe("given a subscription that cannot be resumed", () => {
  it("one that has ended is refused with a conflict", async () => {
    const { id } = await shop.subscription();
    await shop.stripe.subscriptions.cancel(id);
    expect(await resume(id)).toMatchObject({
      status: 409,
      body: { code: "CONFLICT", issues: [{ path: "subscriptionId" }] },
    });
  });

  it("one that does not exist, or is another customer's, is not found", async () => {
    const { id } = await shop.subscription({ cancel_at_period_end: true });
    expect(await resume("sub_none")).toMatchObject({ status: 404 });
    expect(await resume(id, boundTo(await shop.customer()))).toMatchObject({ status: 404 });
    expect(await shop.stripe.subscriptions.retrieve(id)).toMatchObject({ cancel_at_period_end: true });
  });
});
