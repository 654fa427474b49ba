import { randomUUID } from "node:crypto";
import { describe, expect, it } from "@jest/globals";
import { handler } from "../../../generated/handlers/stripe-pause-subscription.ts";
import * as given from "../../steps/given.ts";
import { boundTo, stripeShop } from "../../steps/given-a-subscriber.ts";
import * as when from "../../steps/when.ts";

given.capturedLog();
const shop = stripeShop();
const path = "/api/capabilities/stripe-pause-subscription";
const pause = (body: object, authorizer?: Record<string, unknown>) =>
  when.callsForJson(handler, { path, body, headers: { "idempotency-key": randomUUID() }, authorizer });

describe("given an active subscription", () => {
  it("its payments are not collected until it is resumed", async () => {
    const { id } = await shop.subscription();
    const { status, body } = await pause({ subscriptionId: id });
    expect([status, body]).toEqual([200, { subscriptionId: id, status: "active" }]);
    expect((await shop.stripe.subscriptions.retrieve(id)).pause_collection).toMatchObject({
      ...{ behavior: "void", resumes_at: null },
    });
  });

  it("with resumesAt, until then; a second pause replaces that time", async () => {
    const { id } = await shop.subscription();
    for (const pausedUntil of ["2099-01-01T00:00:00.000Z", "2098-01-01T00:00:00.000Z"]) {
      expect((await pause({ subscriptionId: id, resumesAt: pausedUntil })).body).toMatchObject({
        pausedUntil,
      });
    }
  });
});

describe("given a subscription that cannot be paused", () => {
  it.each<[string, () => Promise<string>]>([
    [
      "has ended",
      async () => {
        const { id } = await shop.subscription();
        await shop.stripe.subscriptions.cancel(id);
        return id;
      },
    ],
    [
      "waits for its first payment",
      async () => (await shop.subscription({ payment_behavior: "default_incomplete" })).id,
    ],
  ])("one that %s is refused with a conflict", async (_what, begin) => {
    expect(await pause({ subscriptionId: await begin() })).toMatchObject({
      status: 409,
      body: { code: "CONFLICT", issues: [{ path: "subscriptionId" }] },
    });
  });

  it.each<[object, number, string]>([
    [{ subscriptionId: "sub_none" }, 404, "subscriptionId"],
    [{ resumesAt: "2020-01-01T00:00:00Z" }, 422, "resumesAt"],
    [{ resumesAt: "tomorrow" }, 422, "resumesAt"],
  ])("%p is refused at its field", async (inputs, expected, field) => {
    const { id } = await shop.subscription();
    const { status, body } = await pause({ subscriptionId: id, ...inputs });
    expect([status, body.issues[0].path]).toEqual([expected, field]);
  });

  it("another customer's is not found", async () => {
    const { id } = await shop.subscription();
    expect(await pause({ subscriptionId: id }, boundTo(await shop.customer()))).toMatchObject({
      status: 404,
    });
    expect(await shop.stripe.subscriptions.retrieve(id)).toMatchObject({ pause_collection: null });
  });
});
