import { randomUUID } from "node:crypto";
import { describe, expect, it } from "@jest/globals";
import { handler } from "../../../generated/handlers/stripe-create-payment-intent.ts";
import { openPayToken } from "../../../lib/pay-link/pay-token.ts";
import * as given from "../../steps/given.ts";
import { callOf, stripeOfTheFile } from "../../steps/stripe-capability.ts";

given.localAws();
given.capturedLog();
const stripe = stripeOfTheFile();
const create = callOf(handler, "stripe-create-payment-intent");

const linkOf = (payUrl: string) => {
  const token = payUrl.slice("https://pay.example.com/pay/".length);
  return openPayToken(token, [String(process.env.APP_SECRET)], new Date());
};

describe("given a payment with everything that a caller can say about it", () => {
  it("Stripe has all of it, and the payer gets a link to pay and to return", async () => {
    const { id: customerId } = await stripe.api.customers.create({ email: "ada@example.com" });
    const { status, body } = await create({
      amount: 4200,
      currency: "eur",
      customerId,
      metadata: { orderId: 7 },
      description: "Two tickets",
      receiptEmail: "ada@example.com",
      captureMethod: "manual",
      saveCard: true,
      returnUrl: "https://shop.example.com/thanks?order=7",
    });
    expect([status, body.status]).toEqual([200, "requires_payment_method"]);
    expect(await stripe.api.paymentIntents.retrieve(body.paymentIntentId)).toMatchObject({
      amount: 4200,
      currency: "eur",
      customer: customerId,
      metadata: { orderId: "7" },
      description: "Two tickets",
      receipt_email: "ada@example.com",
      capture_method: "manual",
      setup_future_usage: "off_session",
      client_secret: body.clientSecret,
    });
    expect(linkOf(body.payUrl)).toMatchObject({
      ok: true,
      objectId: body.paymentIntentId,
      returnUrl: "https://shop.example.com/thanks?order=7",
    });
  });

  it("paying it saves the card for the customer", async () => {
    const { id: customerId } = await stripe.api.customers.create({ email: "ada@example.com" });
    const { body } = await create({ amount: 4200, customerId, saveCard: true });
    await stripe.pay(body.paymentIntentId);
    expect((await stripe.api.customers.listPaymentMethods(customerId)).data).toHaveLength(1);
  });
});

describe("given a payment with nothing but an amount", () => {
  it("Stripe captures it by itself, saves no card, and the link leads nowhere else", async () => {
    const { body } = await create({ amount: 4200, captureMethod: "automatic", saveCard: false });
    const intent = await stripe.api.paymentIntents.retrieve(body.paymentIntentId);
    expect(intent).toMatchObject({ setup_future_usage: null, description: null, customer: null });
    expect(intent.capture_method).not.toBe("manual");
    const link = linkOf(body.payUrl);
    expect(link).toMatchObject({ ok: true });
    expect(link).not.toHaveProperty("returnUrl");
  });

  it("a repeated call gets the same link while Stripe is down", async () => {
    const key = randomUUID();
    const first = await create({ amount: 4200 }, { key });
    await stripe.orderFaults({ kind: "status", status: 503, times: 9 });
    const second = await create({ amount: 4200 }, { key });
    await stripe.takeBackFaults();
    expect(second).toMatchObject({ status: 200, body: first.body });
  });
});

describe("given inputs that no payment can be made of", () => {
  it.each<[string, object, string, RegExp]>([
    ["an amount below Stripe's minimum", { amount: 49 }, "amount", /at least 50/],
    ["a currency in capitals", { currency: "USD" }, "currency", /lowercase/],
    ["an address without a domain", { receiptEmail: "ada" }, "receiptEmail", /must be an email address/],
    ["an empty address", { receiptEmail: "" }, "receiptEmail", /must be an email address/],
    ["another way to capture", { captureMethod: "later" }, "captureMethod", /automatic/],
    ["a card saved for nobody", { saveCard: true }, "customerId", /required with saveCard/],
    ["a customer who does not exist", { customerId: "cus_none" }, "customerId", /does not exist/],
    ["another site", { returnUrl: "https://evil.example.com" }, "returnUrl", /RETURN_ORIGINS/],
    ["no address at all", { returnUrl: "javascript:alert(1)" }, "returnUrl", /http/],
    ["a description that is too long", { description: "x".repeat(1001) }, "description", /1000/],
    ["nested metadata", { metadata: { a: { b: 1 } } }, "metadata.a", /nested/],
  ])("%s is refused at its field", async (_what, fields, path, message) => {
    const { status, body } = await create({ amount: 4200, ...fields });
    expect([status, body.issues[0].path]).toEqual([422, path]);
    expect(body.issues[0].message).toMatch(message);
  });
});
