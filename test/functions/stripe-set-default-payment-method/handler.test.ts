import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { handler } from "../../../generated/handlers/stripe-set-default-payment-method.ts";
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

const setDefault = (
  customerId: string,
  paymentMethodId: string,
  boundTo?: string,
  key: string = randomUUID(),
) =>
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
const defaultOf = async (id: string) =>
  Object(await shop.stripe.customers.retrieve(id)).invoice_settings.default_payment_method;

describe("given a customer with saved cards", () => {
  it("each of them can become the default", async () => {
    const customerId = await aCustomer();
    const [first, second] = [await shop.savedCard(customerId), await shop.savedCard(customerId)];
    for (const paymentMethodId of [first, second]) {
      expect(await setDefault(customerId, paymentMethodId)).toMatchObject({
        status: 200,
        body: { customerId, paymentMethodId },
      });
      expect(await defaultOf(customerId)).toBe(paymentMethodId);
    }
  });

  it("live subscriptions that pay with another card of their own pay with the default from then on", async () => {
    const customerId = await aCustomer();
    const { id: price } = await shop.monthlyPrice(1200);
    const [old, fresh] = [await shop.savedCard(customerId), await shop.savedCard(customerId)];
    const subscribe = (card?: string) =>
      shop.stripe.subscriptions.create({
        customer: customerId,
        items: [{ price }],
        trial_period_days: 7,
        ...(card === undefined ? {} : { default_payment_method: card }),
      });
    const [withOld, withFresh, ended] = [await subscribe(old), await subscribe(fresh), await subscribe(old)];
    await shop.stripe.subscriptions.cancel(ended.id);
    expect((await setDefault(customerId, fresh)).status).toBe(200);
    const cardOf = async (id: string) =>
      (await shop.stripe.subscriptions.retrieve(id)).default_payment_method;
    expect(await cardOf(withOld.id)).toBeNull();
    expect([await cardOf(withFresh.id), await cardOf(ended.id)]).toEqual([fresh, old]);
  });

  it("a call that Stripe interrupts between the customer and the subscription is finished by its repetition", async () => {
    const customerId = await aCustomer();
    const { id: price } = await shop.monthlyPrice(1200);
    const [old, fresh, key] = [
      await shop.savedCard(customerId),
      await shop.savedCard(customerId),
      randomUUID(),
    ];
    const { id } = await shop.stripe.subscriptions.create({
      customer: customerId,
      items: [{ price }],
      trial_period_days: 7,
      default_payment_method: old,
    });
    const match = { method: "POST", path: `/v1/subscriptions/${id}` };
    await shop.control("POST", "faults", { kind: "status", status: 503, times: 9, match });
    expect((await setDefault(customerId, fresh, undefined, key)).status).toBe(502);
    await shop.control("DELETE", "faults");
    expect((await setDefault(customerId, fresh, undefined, key)).status).toBe(200);
    expect((await shop.stripe.subscriptions.retrieve(id)).default_payment_method).toBeNull();
  });

  it("a repeated call gets the same response, and changes nothing again", async () => {
    const customerId = await aCustomer();
    const [first, second, key] = [
      await shop.savedCard(customerId),
      await shop.savedCard(customerId),
      randomUUID(),
    ];
    await setDefault(customerId, first, undefined, key);
    await setDefault(customerId, second);
    expect(await setDefault(customerId, first, undefined, key)).toMatchObject({
      status: 200,
      headers: { "idempotency-replayed": "true" },
    });
    expect(await defaultOf(customerId)).toBe(second);
  });

  it("a card of another customer, of nobody, or that does not exist is refused, and nothing is changed", async () => {
    const customerId = await aCustomer();
    const own = await shop.savedCard(customerId, "pm_card_visa", { isDefault: true });
    const others = await shop.savedCard(await aCustomer());
    const nobodys = await shop.stripe.paymentMethods
      .create({ type: "card", card: { token: "tok_visa" } })
      .then(
        ({ id }) => id,
        () => "pm_none",
      );
    for (const boundTo of [undefined, customerId]) {
      for (const card of [others, nobodys, "pm_none", "", "../customers"])
        expect(await setDefault(customerId, card, boundTo)).toMatchObject({
          status: 404,
          body: { issues: [{ path: "paymentMethodId", message: "does not exist at Stripe" }] },
        });
    }
    expect(await defaultOf(customerId)).toBe(own);
    expect((await setDefault(await aCustomer(), others, customerId)).status).toBe(403);
  });
});
