import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { handler } from "../../../generated/handlers/stripe-create-subscription.ts";
import { earliestPeriodEnd } from "../../../lib/stripe/period-end.ts";
import * as given from "../../steps/given.ts";
import { answerJson, type LoopbackServer, loopbackServer } from "../../steps/loopback-server.ts";
import * as when from "../../steps/when.ts";

given.localAws();
given.capturedLog();
let stripe: LoopbackServer;
/** What the subscription that Stripe returns has as its items. */
let items: unknown;
beforeAll(async () => {
  stripe = await loopbackServer(({ method, url }, _body, response) => {
    const subscription = { id: "sub_1", object: "subscription", status: "active", items };
    const price = { id: "price_1", object: "price", product: "prod_1" };
    const none = { object: "list", data: [], has_more: false };
    if (method === "POST") return answerJson(response, 200, subscription);
    return answerJson(response, 200, url?.startsWith("/v1/prices/") ? price : none);
  });
  Object.assign(process.env, { STRIPE_API_BASE: stripe.url, STRIPE_SECRET_KEY: "sk_test_local" });
});
afterAll(() => stripe.close());

const subscribe = () =>
  when.callsForJson(handler, {
    path: "/api/capabilities/stripe-create-subscription",
    headers: { "idempotency-key": randomUUID() },
    body: { customerId: "cus_1", priceId: "price_1" },
  });

describe("given a subscription whose items come in another shape than expected", () => {
  it.each<[string, unknown]>([
    ["without an end of the period", { data: [{ id: "si_1" }] }],
    ["with an end that is not a number", { data: [{ current_period_end: "soon" }] }],
    ["with an end that no calendar has", { data: [{ current_period_end: 1e300 }] }],
    ["without items", { data: [] }],
    ["without a list of items", undefined],
  ])("%s: the call fails with a 502", async (_what, returned) => {
    items = returned;
    expect(await subscribe()).toMatchObject({ status: 502, body: { code: "BAD_GATEWAY" } });
  });

  it("if one item has an end, that is the answer", async () => {
    items = { data: [{}, { current_period_end: 1_795_478_400 }] };
    expect(await subscribe()).toMatchObject({
      status: 200,
      body: { subscriptionId: "sub_1", currentPeriodEnd: "2026-11-24T00:00:00.000Z" },
    });
  });

  it("whatever Stripe sends as items, the end of the period is a time or unknown", () => {
    fc.assert(
      fc.property(fc.anything(), fc.array(fc.anything()), (items, ends) => {
        const data = ends.map((end) => ({ current_period_end: end }));
        for (const end of [earliestPeriodEnd(items), earliestPeriodEnd({ data })])
          expect(end === undefined || !Number.isNaN(Date.parse(end))).toBe(true);
      }),
    );
  });
});
