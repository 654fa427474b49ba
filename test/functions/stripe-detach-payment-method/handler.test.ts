import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { handler } from "../../../generated/handlers/stripe-detach-payment-method.ts";
import * as given from "../../steps/given.ts";
import { type StripeShop, stripeShop } from "../../steps/stripe-shop.ts";
import * as when from "../../steps/when.ts";

given.localAws();
given.capturedLog();
let shop: StripeShop;
beforeAll(async () => {
  shop = await stripeShop();
});
afterAll(() => shop.close());

const detach = (customerId: string, paymentMethodId: string, boundTo?: string, key: string = randomUUID()) =>
  when.callsForJson(
    handler,
    {
      body: { customerId, paymentMethodId },
      headers: { "idempotency-key": key },
      ...(boundTo === undefined ? {} : shop.boundTo(boundTo)),
    },
    given.lambdaContext(25_000),
  );
const aCustomer = async () => (await shop.stripe.customers.create({})).id;
const ownerOf = async (id: string) => (await shop.stripe.paymentMethods.retrieve(id)).customer;

describe("given a customer with a saved card", () => {
  it("the card is removed, and a repeated call gets the same response", async () => {
    const customerId = await aCustomer();
    const [card, key] = [await shop.savedCard(customerId), randomUUID()];
    const detached = { status: 200, body: { paymentMethodId: card, detached: true } };
    expect(await detach(customerId, card, undefined, key)).toMatchObject(detached);
    expect(await ownerOf(card)).toBeNull();
    expect(await detach(customerId, card, undefined, key)).toMatchObject({
      ...detached,
      headers: { "idempotency-replayed": "true" },
    });
    expect((await detach(customerId, card)).status).toBe(404);
  });

  it("a call whose response from Stripe was lost succeeds when it is repeated", async () => {
    const customerId = await aCustomer();
    const [card, key] = [await shop.savedCard(customerId), randomUUID()];
    const match = { method: "POST", path: `/v1/payment_methods/${card}/detach` };
    await shop.control("POST", "faults", { kind: "reset_after_commit", times: 2, match });
    const first = await detach(customerId, card, undefined, key);
    expect(first.status).toBe(502);
    expect(await ownerOf(card)).toBeNull();
    await shop.control("DELETE", "faults");
    expect(await detach(customerId, card, undefined, key)).toMatchObject({
      status: 200,
      body: { detached: true },
    });
  });

  it("while Stripe is down, the card stays, and the call can be repeated", async () => {
    const customerId = await aCustomer();
    const [card, key] = [await shop.savedCard(customerId), randomUUID()];
    await shop.whileDown(async () => {
      expect((await detach(customerId, card, undefined, key)).status).toBe(502);
    });
    expect(await ownerOf(card)).toBe(customerId);
    expect((await detach(customerId, card, undefined, key)).status).toBe(200);
  });

  it("a card of another customer, or that does not exist, is refused, and stays", async () => {
    const [customerId, other] = [await aCustomer(), await aCustomer()];
    const others = await shop.savedCard(other);
    for (const boundTo of [undefined, customerId]) {
      for (const card of [others, "pm_none", "", "../customers"])
        expect(await detach(customerId, card, boundTo)).toMatchObject({
          status: 404,
          body: { issues: [{ path: "paymentMethodId", message: "does not exist at Stripe" }] },
        });
    }
    expect(await ownerOf(others)).toBe(other);
    expect((await detach(other, others, customerId)).status).toBe(403);
  });
});
