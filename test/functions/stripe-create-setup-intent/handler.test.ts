import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { handler } from "../../../generated/handlers/stripe-create-setup-intent.ts";
import { openPayToken } from "../../../lib/pay-link/pay-token.ts";
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

const create = (body: object, boundTo?: string, key: string = randomUUID()) =>
  when.callsForJson(
    handler,
    {
      body,
      headers: { "idempotency-key": key },
      ...(boundTo === undefined ? {} : shop.boundTo(boundTo, "checkout")),
    },
    given.lambdaContext(25_000),
  );
const aCustomer = async () => (await shop.stripe.customers.create({})).id;

describe("given a customer", () => {
  it("the setup intent is the customer's, for payments without the customer, and its page returns where the caller says", async () => {
    const customerId = await aCustomer();
    const returnUrl = "https://shop.example.com/account?tab=cards";
    const { status, body } = await create({ customerId, metadata: { orderId: 7 }, returnUrl });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      status: "requires_payment_method",
      clientSecret: expect.stringMatching(/_secret_/),
    });
    expect(await shop.stripe.setupIntents.retrieve(body.setupIntentId)).toMatchObject({
      customer: customerId,
      usage: "off_session",
      metadata: { orderId: "7" },
    });
    const [, token = ""] = /^https:\/\/pay\.example\.com\/pay\/(.+)$/.exec(body.payUrl) ?? [];
    expect(openPayToken(token, [String(process.env.APP_SECRET)], new Date())).toMatchObject({
      ok: true,
      objectId: body.setupIntentId,
      returnUrl,
    });
  });

  it("a repeated call gets the same response, and creates no second one, also after Stripe was down", async () => {
    const [customerId, key] = [await aCustomer(), randomUUID()];
    await shop.whileDown(async () => {
      expect((await create({ customerId }, undefined, key)).status).toBe(502);
    });
    const first = await create({ customerId }, undefined, key);
    const second = await create({ customerId }, undefined, key);
    expect(first.status).toBe(200);
    expect(second).toMatchObject({
      status: 200,
      body: first.body,
      headers: { "idempotency-replayed": "true" },
    });
    expect((await shop.stripe.setupIntents.list({ customer: customerId })).data).toHaveLength(1);
  });

  it("a principal that acts for one customer saves cards of that customer only", async () => {
    const own = await aCustomer();
    expect((await create({ customerId: own }, own)).status).toBe(200);
    expect((await create({ customerId: await aCustomer() }, own)).status).toBe(403);
  });

  it.each<[string, object, string]>([
    ["no customer", {}, "customerId"],
    ["a customer that does not exist", { customerId: "cus_none" }, "customerId"],
    ["a page of somebody else", { customerId: "cus_1", returnUrl: "https://evil.example.com/" }, "returnUrl"],
    ["a script as page", { customerId: "cus_1", returnUrl: "javascript:alert(1)" }, "returnUrl"],
    ["nested metadata", { customerId: "cus_1", metadata: { a: [] } }, "metadata.a"],
  ])("%s is refused at its field", async (_what, body, path) => {
    const response = await create(body);
    expect([response.status, response.body.issues[0].path]).toEqual([422, path]);
  });
});
