import { randomUUID } from "node:crypto";
import { describe, expect, it } from "@jest/globals";
import { handler as cancelPayment } from "../../../generated/handlers/stripe-cancel-payment-intent.ts";
import { handler as capturePayment } from "../../../generated/handlers/stripe-capture-payment-intent.ts";
import * as given from "../../steps/given.ts";
import { callOf, keyOf, stripeOfTheFile } from "../../steps/stripe-capability.ts";

given.localAws();
given.capturedLog();
const stripe = stripeOfTheFile();
const capture = callOf(capturePayment, "stripe-capture-payment-intent");
const cancel = callOf(cancelPayment, "stripe-cancel-payment-intent");

async function aPayment(fields: object = {}) {
  return (await stripe.api.paymentIntents.create({ amount: 4200, currency: "usd", ...fields })).id;
}
async function aReservedPayment(fields: object = {}) {
  const id = await aPayment({ capture_method: "manual", ...fields });
  await stripe.pay(id);
  return id;
}
const aCustomer = async () => (await stripe.api.customers.create({ email: "ada@example.com" })).id;

describe("given a payment whose amount is reserved", () => {
  it.each([
    ["all of it", {}, 4200],
    ["a part of it", { amount: 1000 }, 1000],
  ])("%s is captured", async (_what, fields, amountReceived) => {
    const paymentIntentId = await aReservedPayment();
    const { status, body } = await capture({ paymentIntentId, ...fields });
    expect([status, body]).toEqual([200, { paymentIntentId, status: "succeeded", amountReceived }]);
  });

  it("more than that is refused at the amount, and can be corrected", async () => {
    const paymentIntentId = await aReservedPayment();
    expect(await capture({ paymentIntentId, amount: 4201 })).toMatchObject({
      status: 422,
      body: { issues: [{ path: "amount", message: "is more than Stripe allows here" }] },
    });
    expect(await capture({ paymentIntentId, amount: 4200 })).toMatchObject({ status: 200 });
  });

  it("it is captured once: another call says that its state does not allow it, and a repeated one gets its response while Stripe is down", async () => {
    const paymentIntentId = await aReservedPayment();
    const key = randomUUID();
    const first = await capture({ paymentIntentId, amount: 1000 }, { key });
    expect(await capture({ paymentIntentId })).toMatchObject({
      status: 409,
      body: { code: "CONFLICT", issues: [{ path: "paymentIntentId" }] },
    });
    await stripe.orderFaults({ kind: "status", status: 503, times: 9 });
    const repeated = await capture({ paymentIntentId, amount: 1000 }, { key });
    await stripe.takeBackFaults();
    expect(repeated).toMatchObject({ status: 200, body: first.body });
  });

  it("it is cancelled, and can then no longer be captured", async () => {
    const paymentIntentId = await aReservedPayment();
    expect(await cancel({ paymentIntentId })).toMatchObject({
      status: 200,
      body: { paymentIntentId, status: "canceled" },
    });
    expect(await capture({ paymentIntentId })).toMatchObject({ status: 409, body: { code: "CONFLICT" } });
  });
});

describe("given a payment that nobody has paid", () => {
  it("cancelling it says why, and afterwards nobody can pay it", async () => {
    const paymentIntentId = await aPayment();
    await cancel({ paymentIntentId, reason: "duplicate" });
    expect(await stripe.api.paymentIntents.retrieve(paymentIntentId)).toMatchObject({
      status: "canceled",
      cancellation_reason: "duplicate",
    });
    await expect(stripe.pay(paymentIntentId)).rejects.toThrow(/400/);
  });

  it("when the response is lost, a retry with the same key says that it is cancelled", async () => {
    const paymentIntentId = await aPayment();
    const key = randomUUID();
    await stripe.orderFaults({ kind: "reset_after_commit", times: 2, match: { method: "POST" } });
    expect(await cancel({ paymentIntentId }, { key })).toMatchObject({
      status: 502,
      body: { retryable: true },
    });
    expect(await cancel({ paymentIntentId }, { key })).toMatchObject({
      status: 200,
      body: { status: "canceled" },
    });
  });
});

describe("given a payment that has succeeded", () => {
  it("it is neither captured nor cancelled", async () => {
    const paymentIntentId = await aPayment();
    await stripe.pay(paymentIntentId);
    const conflict = {
      status: 409,
      body: { code: "CONFLICT", retryable: false, issues: [{ path: "paymentIntentId" }] },
    };
    expect(await cancel({ paymentIntentId })).toMatchObject(conflict);
    expect(await capture({ paymentIntentId })).toMatchObject(conflict);
  });
});

describe("given a principal that acts for one customer", () => {
  it("it captures and cancels that customer's payments only", async () => {
    const [own, other] = [await aCustomer(), await aCustomer()];
    const authorizer = keyOf("billing", own);
    for (const call of [capture, cancel]) {
      const [mine, others, nobodys] = [
        await aReservedPayment({ customer: own }),
        await aReservedPayment({ customer: other }),
        await aReservedPayment(),
      ];
      expect(await call({ paymentIntentId: mine }, { authorizer })).toMatchObject({ status: 200 });
      for (const paymentIntentId of [others, nobodys, "pi_none"]) {
        expect(await call({ paymentIntentId }, { authorizer })).toMatchObject({
          status: 404,
          body: { detail: "paymentIntentId does not exist at Stripe" },
        });
      }
      for (const id of [others, nobodys])
        expect(await stripe.api.paymentIntents.retrieve(id)).toMatchObject({ status: "requires_capture" });
    }
  });
});

describe("given inputs that cannot be right", () => {
  it.each<[string, object, number, string]>([
    ["no amount at all", { amount: 0 }, 422, "amount"],
    ["half a cent", { amount: 0.5 }, 422, "amount"],
    ["the id of a charge", { paymentIntentId: "ch_1" }, 422, "paymentIntentId"],
    ["a payment that does not exist", { paymentIntentId: "pi_none" }, 404, "paymentIntentId"],
  ])("capturing %s is refused at its field", async (_what, fields, status, path) => {
    const response = await capture({ paymentIntentId: "pi_1", ...fields });
    expect([response.status, response.body.issues[0].path]).toEqual([status, path]);
  });

  it.each<[string, object, number, string]>([
    ["another reason", { reason: "bored" }, 422, "reason"],
    ["an empty id", { paymentIntentId: "" }, 422, "paymentIntentId"],
    ["a payment that does not exist", { paymentIntentId: "pi_none" }, 404, "paymentIntentId"],
  ])("cancelling with %s is refused at its field", async (_what, fields, status, path) => {
    const response = await cancel({ paymentIntentId: "pi_1", ...fields });
    expect([response.status, response.body.issues[0].path]).toEqual([status, path]);
  });
});
