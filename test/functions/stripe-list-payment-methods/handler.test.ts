import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { handler } from "../../../generated/handlers/stripe-list-payment-methods.ts";
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

const list = (customerId: string, boundTo?: string) =>
  when.callsForJson(handler, {
    method: "GET",
    query: { customerId },
    ...(boundTo === undefined ? {} : shop.boundTo(boundTo, "checkout")),
  });
const aCustomer = async () => (await shop.stripe.customers.create({})).id;

describe("given a customer", () => {
  it("its cards are listed, the newest first, with the default one marked", async () => {
    const customerId = await aCustomer();
    const visa = await shop.savedCard(customerId, "pm_card_visa", { isDefault: true });
    const other = await shop.savedCard(customerId, "pm_card_mastercard");
    await shop.savedCard(await aCustomer());
    const { status, body } = await list(customerId);
    expect(status).toBe(200);
    expect(body).toEqual({
      items: [
        expect.objectContaining({
          paymentMethodId: other,
          type: "card",
          brand: "mastercard",
          isDefault: false,
        }),
        {
          paymentMethodId: visa,
          type: "card",
          brand: "visa",
          last4: "4242",
          expMonth: expect.any(Number),
          expYear: expect.any(Number),
          isDefault: true,
        },
      ],
    });
  });

  it("without cards, the list is empty; with more than a page of Stripe's, it is complete", async () => {
    const customerId = await aCustomer();
    expect((await list(customerId)).body).toEqual({ items: [] });
    const ids: string[] = [];
    for (let n = 0; n < 103; n++) ids.push(await shop.savedCard(customerId));
    const { body } = await list(customerId);
    expect(
      new Set(body.items.map(({ paymentMethodId }: { paymentMethodId: string }) => paymentMethodId)),
    ).toEqual(new Set(ids));
  });

  it("a principal that acts for one customer lists the cards of that customer only", async () => {
    const own = await aCustomer();
    expect((await list(own, own)).status).toBe(200);
    expect((await list(await aCustomer(), own)).status).toBe(403);
  });

  it("one that does not exist, or is deleted, is refused at its field; while Stripe is down, the call can be repeated", async () => {
    const { id } = await shop.stripe.customers.create({});
    await shop.whileDown(async () => {
      expect(await list(id)).toMatchObject({ status: 502, body: { retryable: true } });
    });
    await shop.stripe.customers.del(id);
    for (const customerId of [id, "cus_none", "..", ""])
      expect(await list(customerId)).toMatchObject({
        status: 404,
        body: { issues: [{ path: "customerId", message: "does not exist at Stripe" }] },
      });
  });
});
