import { randomUUID } from "node:crypto";
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { handler } from "../../../generated/handlers/stripe-charge-saved-card.ts";
import { openPayToken } from "../../../lib/pay-link/pay-token.ts";
import { tries } from "../../steps/effort.ts";
import * as given from "../../steps/given.ts";
import { callOf, keyOf, stripeOfTheFile } from "../../steps/stripe-capability.ts";

given.localAws();
given.capturedLog();
const stripe = stripeOfTheFile();
const charge = callOf(handler, "stripe-charge-saved-card");

const CREATING = { method: "POST", path: "/v1/payment_intents" };
const CONFIRMING = { method: "POST", path: "/v1/payment_intents/*" };

const aCustomer = async () => (await stripe.api.customers.create({ email: "ada@example.com" })).id;
const aSavedCard = async (customer: string, card = "pm_card_visa") =>
  (await stripe.api.paymentMethods.attach(card, { customer })).id;
const makeDefault = (customer: string, paymentMethodId: string) =>
  stripe.api.customers.update(customer, { invoice_settings: { default_payment_method: paymentMethodId } });

/** A customer whose default card is this test card. */
async function aPayer(card?: string) {
  const customerId = await aCustomer();
  const paymentMethodId = await aSavedCard(customerId, card);
  await makeDefault(customerId, paymentMethodId);
  return { customerId, paymentMethodId };
}

const paymentsOf = async (customer: string) => (await stripe.api.paymentIntents.list({ customer })).data;
const paidBy = async (customer: string) =>
  (await paymentsOf(customer)).reduce((sum, intent) => sum + intent.amount_received, 0);

describe("given a customer with a saved card", () => {
  it("the default one is charged, with what the caller says about the payment", async () => {
    const { customerId, paymentMethodId } = await aPayer();
    await aSavedCard(customerId, "pm_card_mastercard");
    const { status, body } = await charge({
      customerId,
      amount: 4200,
      currency: "eur",
      description: "Overage in May",
      metadata: { orderId: "7" },
    });
    const [intent] = await paymentsOf(customerId);
    expect([status, body]).toEqual([200, { paymentIntentId: intent?.id, status: "succeeded" }]);
    expect(intent).toMatchObject({
      amount_received: 4200,
      currency: "eur",
      description: "Overage in May",
      metadata: { orderId: "7" },
      payment_method: paymentMethodId,
    });
  });

  it("a card that the caller names is charged instead", async () => {
    const { customerId } = await aPayer();
    const paymentMethodId = await aSavedCard(customerId, "pm_card_mastercard");
    await charge({ customerId, amount: 4200, paymentMethodId });
    expect(await paymentsOf(customerId)).toMatchObject([{ payment_method: paymentMethodId }]);
  });

  it("a bank that wants the payer gets the payer: the response has a link to pay this payment", async () => {
    const { customerId } = await aPayer("pm_card_authenticationRequired");
    const { status, body } = await charge({ customerId, amount: 4200 });
    const [intent] = await paymentsOf(customerId);
    expect([status, body]).toEqual([
      200,
      { paymentIntentId: intent?.id, status: intent?.status, payUrl: expect.any(String) },
    ]);
    const token = body.payUrl.slice("https://pay.example.com/pay/".length);
    expect(openPayToken(token, [String(process.env.APP_SECRET)], new Date())).toMatchObject({
      ok: true,
      objectId: intent?.id,
    });
    await stripe.pay(body.paymentIntentId, "pm_card_visa");
    expect(await paidBy(customerId)).toBe(4200);
  });

  it("a declined card is a PAYMENT_REQUIRED, also when the call is repeated", async () => {
    const { customerId } = await aPayer("pm_card_chargeCustomerFail");
    const key = randomUUID();
    const refusal = { status: 402, body: { code: "PAYMENT_REQUIRED", declineCode: "generic_decline" } };
    expect(await charge({ customerId, amount: 4200 }, { key })).toMatchObject(refusal);
    expect(await charge({ customerId, amount: 4200 }, { key })).toMatchObject({
      ...refusal,
      headers: { "idempotency-replayed": "true" },
    });
    expect(await paymentsOf(customerId)).toMatchObject([{ amount_received: 0 }]);
  });
});

describe("given a call whose response is lost", () => {
  it.each([
    ["creating the payment", CREATING],
    ["charging the card", CONFIRMING],
  ])("while %s: a retry with the same key charges once", async (_what, match) => {
    const { customerId } = await aPayer();
    const key = randomUUID();
    await stripe.orderFaults({ kind: "reset_after_commit", times: 2, match });
    expect(await charge({ customerId, amount: 4200 }, { key })).toMatchObject({ status: 502 });
    expect(await charge({ customerId, amount: 4200 }, { key })).toMatchObject({
      status: 200,
      body: { status: "succeeded" },
    });
    expect(await paidBy(customerId)).toBe(4200);
  });

  it("and the customer's default card changes before the retry: the first card was charged, and no other one", async () => {
    const { customerId, paymentMethodId } = await aPayer();
    const key = randomUUID();
    await stripe.orderFaults({ kind: "reset_after_commit", times: 2, match: CONFIRMING });
    await charge({ customerId, amount: 4200 }, { key });
    await makeDefault(customerId, await aSavedCard(customerId, "pm_card_mastercard"));
    const { status, body } = await charge({ customerId, amount: 4200 }, { key });
    const payments = await paymentsOf(customerId);
    expect(payments).toMatchObject([{ payment_method: paymentMethodId, amount_received: 4200 }]);
    expect([status, body]).toEqual([200, { paymentIntentId: payments[0]?.id, status: "succeeded" }]);
  });

  it("and somebody cancels the payment before the retry: the retry says that it cannot be made", async () => {
    const { customerId } = await aPayer();
    const key = randomUUID();
    await stripe.orderFaults({ kind: "status", status: 503, times: 2, match: CONFIRMING });
    await charge({ customerId, amount: 4200 }, { key });
    const [intent] = await paymentsOf(customerId);
    await stripe.api.paymentIntents.cancel(String(intent?.id));
    expect(await charge({ customerId, amount: 4200 }, { key })).toMatchObject({
      status: 409,
      body: { detail: expect.stringContaining("was cancelled at Stripe") },
    });
    expect(await paidBy(customerId)).toBe(0);
  });

  it("a repeated call gets the response while Stripe is down", async () => {
    const { customerId } = await aPayer();
    const key = randomUUID();
    const first = await charge({ customerId, amount: 4200 }, { key });
    await stripe.orderFaults({ kind: "status", status: 503, times: 9 });
    const second = await charge({ customerId, amount: 4200 }, { key });
    await stripe.takeBackFaults();
    expect(second).toMatchObject({ status: 200, body: first.body });
  });

  it("any faults, retries and changes of the default card: the customer pays once for each key", async () => {
    const fault = fc.record({
      kind: fc.constantFrom("reset_after_commit", "truncate", "status"),
      match: fc.constantFrom(CREATING, CONFIRMING),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(fault, { maxLength: 4 }), fc.boolean(), async (faults, changesCard) => {
        const { customerId } = await aPayer();
        const key = randomUUID();
        await stripe.orderFaults(
          faults.map((given) => ({ ...given, ...(given.kind === "status" ? { status: 503 } : {}) })),
        );
        let response = await charge({ customerId, amount: 4200 }, { key });
        for (let tries = 0; response.status >= 500 && tries < 9; tries++) {
          if (changesCard) await makeDefault(customerId, await aSavedCard(customerId));
          response = await charge({ customerId, amount: 4200 }, { key });
        }
        await stripe.takeBackFaults();
        expect(response).toMatchObject({ status: 200, body: { status: "succeeded" } });
        expect(await paymentsOf(customerId)).toHaveLength(1);
        expect(await paidBy(customerId)).toBe(4200);
      }),
      { numRuns: tries({ sample: 3, whole: 25 }) },
    );
  });
});

describe("given a principal that acts for one customer", () => {
  it("it charges that customer only, and only with that customer's cards", async () => {
    const [own, other] = [await aPayer(), await aPayer()];
    const authorizer = keyOf("billing", own.customerId);
    const { customerId } = own;
    expect(await charge({ customerId, amount: 4200 }, { authorizer })).toMatchObject({ status: 200 });
    expect(await charge({ customerId: other.customerId, amount: 4200 }, { authorizer })).toMatchObject({
      status: 403,
    });
    const { paymentMethodId } = other;
    expect(await charge({ customerId, amount: 4200, paymentMethodId }, { authorizer })).toMatchObject({
      status: 404,
    });
    expect(await paidBy(other.customerId)).toBe(0);
  });
});

describe("given a card or an amount that cannot be charged", () => {
  it("a card of another customer, or of nobody, does not exist, for an admin too", async () => {
    const { customerId } = await aPayer();
    const others = (await aPayer()).paymentMethodId;
    const nobodys = await aSavedCard(customerId);
    await stripe.api.paymentMethods.detach(nobodys);
    for (const paymentMethodId of [others, nobodys, "pm_none"]) {
      expect(await charge({ customerId, amount: 4200, paymentMethodId })).toMatchObject({
        status: 404,
        body: { issues: [{ path: "paymentMethodId", message: "does not exist at Stripe" }] },
      });
    }
    expect(await paymentsOf(customerId)).toEqual([]);
  });

  it("a customer without a default card must be charged with a card that the caller names", async () => {
    const customerId = await aCustomer();
    await aSavedCard(customerId);
    const { status, body } = await charge({ customerId, amount: 4200 });
    expect([status, body.issues[0].path]).toEqual([422, "paymentMethodId"]);
    expect(await paymentsOf(customerId)).toEqual([]);
  });

  it.each<[string, object, number, string]>([
    ["a customer who does not exist", { customerId: "cus_none" }, 404, "customerId"],
    ["an empty customer id", { customerId: "" }, 422, "customerId"],
    ["an amount below Stripe's minimum", { amount: 49 }, 422, "amount"],
    ["an amount that is not whole", { amount: 4200.5 }, 422, "amount"],
    ["a currency in capitals", { currency: "USD" }, 422, "currency"],
    ["an address as a card", { paymentMethodId: "../x" }, 422, "paymentMethodId"],
    ["nested metadata", { metadata: { a: {} } }, 422, "metadata.a"],
  ])("%s is refused at its field", async (_what, fields, status, path) => {
    const response = await charge({ customerId: "cus_1", amount: 4200, ...fields });
    expect([response.status, response.body.issues[0].path]).toEqual([status, path]);
  });
});
