import { randomUUID } from "node:crypto";
import { describe, expect, it } from "@jest/globals";
import { handler } from "../../../generated/handlers/stripe-cancel-subscription.ts";
import { scanTable } from "../../../lib/aws/dynamodb.ts";
import * as given from "../../steps/given.ts";
import { boundTo, stripeShop } from "../../steps/given-a-subscriber.ts";
import * as when from "../../steps/when.ts";

const log = given.capturedLog();
const shop = stripeShop();
const path = "/api/capabilities/stripe-cancel-subscription";
const cancel = (body: object, key: string = randomUUID(), authorizer?: Record<string, unknown>) =>
  when.callsForJson(handler, { path, body, headers: { "idempotency-key": key }, authorizer });

describe("given an active subscription", () => {
  it("now: it ends at once, with the reason at Stripe and nowhere else", async () => {
    const { id } = await shop.subscription();
    const { status, body } = await cancel({ subscriptionId: id, when: "now", reason: "Ada moved away" });
    expect({ status, body }).toMatchObject({ status: 200, body: { subscriptionId: id, status: "canceled" } });
    const ended = await shop.stripe.subscriptions.retrieve(id);
    expect(ended).toMatchObject({ status: "canceled", cancellation_details: { comment: "Ada moved away" } });
    expect(body.endsAt).toBe(new Date((ended.ended_at ?? 0) * 1000).toISOString());
    expect(log.text()).toContain("stripe-cancel-subscription");
    expect(log.text() + JSON.stringify(await scanTable("AuditLogTable"))).not.toContain("Ada moved away");
  });

  it("period-end: it stays active, and ends with its period", async () => {
    const { id, items } = await shop.subscription();
    expect(await cancel({ subscriptionId: id, when: "period-end" })).toMatchObject({
      body: {
        status: "active",
        endsAt: new Date((items.data[0]?.current_period_end ?? 0) * 1000).toISOString(),
      },
    });
    expect(await shop.stripe.subscriptions.retrieve(id)).toMatchObject({ cancel_at_period_end: true });
  });

  it("prorate: the unused time is credited to the customer; without it, nothing is", async () => {
    const [credited, kept] = await Promise.all([shop.subscription(), shop.subscription()]);
    await cancel({ subscriptionId: credited.id, when: "now", prorate: true });
    await cancel({ subscriptionId: kept.id, when: "now" });
    const latest = async (customer: unknown) =>
      (await shop.stripe.invoices.list({ customer: String(customer) })).data[0]?.total;
    expect(await latest(credited.customer)).toBeLessThan(0);
    expect(await latest(kept.customer)).toBe(2000);
  });

  it("a second cancellation, with another key or the same, changes nothing", async () => {
    const { id } = await shop.subscription();
    const key = randomUUID();
    const first = await cancel({ subscriptionId: id, when: "now" }, key);
    const replayed = await cancel({ subscriptionId: id, when: "now" }, key);
    const again = await cancel({ subscriptionId: id, when: "period-end" });
    expect([replayed.body, again.body]).toEqual([first.body, first.body]);
  });

  it("while Stripe is down, the call can be repeated with its key", async () => {
    const { id } = await shop.subscription();
    await shop.control("POST", "faults", {
      kind: "reset_after_commit",
      times: 2,
      match: { method: "DELETE" },
    });
    const key = randomUUID();
    expect(await cancel({ subscriptionId: id, when: "now" }, key)).toMatchObject({
      status: 502,
      body: { retryable: true },
    });
    expect(await cancel({ subscriptionId: id, when: "now" }, key)).toMatchObject({
      status: 200,
      body: { status: "canceled" },
    });
  });

  it("a cancellation whose response is lost has succeeded: Stripe refuses the client's own repetition of it", async () => {
    const { id } = await shop.subscription();
    await shop.control("POST", "faults", {
      kind: "reset_after_commit",
      times: 1,
      match: { method: "DELETE" },
    });
    expect(await cancel({ subscriptionId: id, when: "now" })).toMatchObject({
      status: 200,
      body: { subscriptionId: id, status: "canceled" },
    });
  });

  it("a principal that acts for another customer cannot end it", async () => {
    const { id } = await shop.subscription();
    const authorizer = boundTo(await shop.customer());
    expect(await cancel({ subscriptionId: id, when: "now" }, randomUUID(), authorizer)).toMatchObject({
      status: 404,
    });
    expect(await shop.stripe.subscriptions.retrieve(id)).toMatchObject({ status: "active" });
  });
});

describe("given inputs that cannot be used", () => {
  it.each<[object, number, string]>([
    [{ subscriptionId: "sub_none" }, 404, "subscriptionId"],
    [{ when: "later" }, 422, "when"],
    [{ when: "period-end", prorate: true }, 422, "prorate"],
    [{ reason: "x".repeat(501) }, 422, "reason"],
  ])("%p is refused at its field", async (inputs, expected, field) => {
    const { id } = await shop.subscription();
    const { status, body } = await cancel({ subscriptionId: id, when: "now", ...inputs });
    expect([status, body.issues[0].path]).toEqual([expected, field]);
    expect(await shop.stripe.subscriptions.retrieve(id)).toMatchObject({ status: "active" });
  });
});
