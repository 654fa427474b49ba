import { randomUUID } from "node:crypto";
import { describe, expect, it } from "@jest/globals";
import { handler } from "../../../generated/handlers/stripe-refund-payment.ts";
import * as given from "../../steps/given.ts";
import { callOf, keyOf, stripeOfTheFile } from "../../steps/stripe-capability.ts";

given.localAws();
given.capturedLog();
const stripe = stripeOfTheFile();
const refund = callOf(handler, "stripe-refund-payment");

async function aPayment(fields: object = {}) {
  return (await stripe.api.paymentIntents.create({ amount: 1000, currency: "usd", ...fields })).id;
}
async function aPaidPayment(card?: string, fields: object = {}) {
  const id = await aPayment(fields);
  await stripe.pay(id, card);
  return id;
}
const aCustomer = async () => (await stripe.api.customers.create({ email: "ada@example.com" })).id;
const refundsOf = async (payment_intent: string) => (await stripe.api.refunds.list({ payment_intent })).data;
const refundedOf = async (id: string) => (await refundsOf(id)).reduce((sum, { amount }) => sum + amount, 0);

describe("given a payment of $10.00", () => {
  it("it is refunded in parts, and then the rest, until nothing is left", async () => {
    const paymentIntentId = await aPaidPayment();
    const part = await refund({ paymentIntentId, amount: 300, reason: "duplicate", metadata: { case: 7 } });
    const [first] = await refundsOf(paymentIntentId);
    expect([part.status, part.body]).toEqual([
      200,
      { refundId: first?.id, status: "succeeded", amount: 300, currency: "usd", amountRefundable: 700 },
    ]);
    expect(first).toMatchObject({ reason: "duplicate", metadata: { case: "7" } });
    expect((await refund({ paymentIntentId })).body).toMatchObject({ amount: 700, amountRefundable: 0 });
    expect(await refund({ paymentIntentId })).toMatchObject({
      status: 409,
      body: { issues: [{ path: "paymentIntentId", message: "has been refunded in full" }] },
    });
  });

  it("more than is left is refused at the amount, which says how much is left", async () => {
    const paymentIntentId = await aPaidPayment();
    await refund({ paymentIntentId, amount: 300 });
    expect(await refund({ paymentIntentId, amount: 701 })).toMatchObject({
      status: 422,
      body: {
        issues: [{ path: "amount", message: "must be at most 700 ($7.00), which is what is left to refund" }],
      },
    });
    expect(await refundedOf(paymentIntentId)).toBe(300);
  });

  it("after a lost response, a retry with the same key refunds once", async () => {
    const paymentIntentId = await aPaidPayment();
    const key = randomUUID();
    await stripe.orderFaults({
      kind: "reset_after_commit",
      times: 2,
      match: { method: "POST", path: "/v1/refunds" },
    });
    expect(await refund({ paymentIntentId }, { key })).toMatchObject({ status: 502 });
    expect(await refund({ paymentIntentId }, { key })).toMatchObject({ status: 200, body: { amount: 1000 } });
    expect(await refundsOf(paymentIntentId)).toHaveLength(1);
  });

  it("a repeated call gets the response while Stripe is down", async () => {
    const paymentIntentId = await aPaidPayment();
    const key = randomUUID();
    const first = await refund({ paymentIntentId, reference: "R1" }, { key });
    await stripe.orderFaults({ kind: "status", status: 503, times: 9 });
    const second = await refund({ paymentIntentId, reference: "R1" }, { key });
    await stripe.takeBackFaults();
    expect(second).toMatchObject({ status: 200, body: first.body });
  });

  it("a refund that fails later gives back what can be refunded", async () => {
    const paymentIntentId = await aPaidPayment("pm_card_refundFail");
    await refund({ paymentIntentId, amount: 400 });
    const events = await stripe.api.events.list({ type: "refund.failed" });
    expect(events.data[0]?.data.object).toMatchObject({ payment_intent: paymentIntentId, status: "failed" });
    expect((await refund({ paymentIntentId, amount: 1000 })).status).toBe(200);
  });
});

describe("given a reference", () => {
  it("it is one refund, whatever the Idempotency-Key and the principal", async () => {
    const paymentIntentId = await aPaidPayment();
    const call = { paymentIntentId, amount: 300, reference: "return 1815" };
    const first = await refund(call);
    const second = await refund(call, { authorizer: keyOf("billing") });
    expect(second).toMatchObject({ status: 200, body: first.body });
    expect(await refundsOf(paymentIntentId)).toMatchObject([{ metadata: { reference: "return 1815" } }]);
  });

  it("another reference, and the same one for another payment, are other refunds", async () => {
    const [paymentIntentId, another] = [await aPaidPayment(), await aPaidPayment()];
    await refund({ paymentIntentId, amount: 300, reference: "A" });
    await refund({ paymentIntentId, amount: 300, reference: "B" });
    await refund({ paymentIntentId: another, amount: 300, reference: "A" });
    expect([await refundedOf(paymentIntentId), await refundedOf(another)]).toEqual([600, 300]);
  });

  it("with another amount it is a conflict that says which amount it has, and nothing is refunded", async () => {
    const paymentIntentId = await aPaidPayment();
    await refund({ paymentIntentId, amount: 300, reference: "A" });
    for (const amount of [400, 1, undefined]) {
      expect(await refund({ paymentIntentId, reference: "A", ...(amount && { amount }) })).toMatchObject({
        status: 409,
        body: {
          code: "CONFLICT",
          issues: [{ path: "reference", message: expect.stringContaining("a refund of $3.00") }],
        },
      });
    }
    expect(await refundedOf(paymentIntentId)).toBe(300);
  });

  it("of the rest is one refund, by the same words or by its amount", async () => {
    const paymentIntentId = await aPaidPayment();
    await refund({ paymentIntentId, amount: 300 });
    const first = await refund({ paymentIntentId, reference: "A" });
    expect(first.body).toMatchObject({ amount: 700 });
    expect((await refund({ paymentIntentId, reference: "A" })).body).toEqual(first.body);
    expect((await refund({ paymentIntentId, reference: "A", amount: 700 })).body).toEqual(first.body);
  });

  it("of a refused call is free for a correct one, although Stripe repeats the refusal under its key", async () => {
    const paymentIntentId = await aPaidPayment();
    expect(await refund({ paymentIntentId, amount: 1001, reference: "A" })).toMatchObject({ status: 422 });
    expect(await refund({ paymentIntentId, amount: 1000, reference: "A" })).toMatchObject({ status: 200 });
  });

  it("with which somebody refunds in another way is found at Stripe", async () => {
    const paymentIntentId = await aPaidPayment();
    const { id } = await stripe.api.refunds.create({
      payment_intent: paymentIntentId,
      amount: 300,
      metadata: { reference: "A" },
    });
    expect((await refund({ paymentIntentId, amount: 300, reference: "A" })).body).toMatchObject({
      refundId: id,
      amountRefundable: 700,
    });
    expect(await refund({ paymentIntentId, reference: "B" })).toMatchObject({ body: { amount: 700 } });
    expect(await refundedOf(paymentIntentId)).toBe(1000);
  });

  it("of a lost response finds the refund with another key, and is a conflict with another amount", async () => {
    const paymentIntentId = await aPaidPayment();
    await stripe.orderFaults({
      kind: "reset_after_commit",
      times: 2,
      match: { method: "POST", path: "/v1/refunds" },
    });
    expect(await refund({ paymentIntentId, amount: 300, reference: "A" })).toMatchObject({ status: 502 });
    expect(await refund({ paymentIntentId, amount: 400, reference: "A" })).toMatchObject({ status: 409 });
    expect(await refund({ paymentIntentId, amount: 300, reference: "A" })).toMatchObject({ status: 200 });
    expect(await refundsOf(paymentIntentId)).toHaveLength(1);
  });

  it("of a call that never reached Stripe is a conflict with another amount, until the first call is repeated", async () => {
    const paymentIntentId = await aPaidPayment();
    await stripe.orderFaults({
      kind: "status",
      status: 503,
      times: 2,
      match: { method: "POST", path: "/v1/refunds" },
    });
    expect(await refund({ paymentIntentId, amount: 300, reference: "A" })).toMatchObject({ status: 502 });
    expect(await refund({ paymentIntentId, amount: 400, reference: "A" })).toMatchObject({
      status: 409,
      body: { issues: [{ path: "reference", message: expect.stringContaining("repeat that call") }] },
    });
    expect(await refund({ paymentIntentId, amount: 300, reference: "A" })).toMatchObject({ status: 200 });
    expect(await refundedOf(paymentIntentId)).toBe(300);
  });
});

describe("given a payment that cannot be refunded", () => {
  it.each<[string, () => Promise<string>, RegExp]>([
    ["that nobody has paid", () => aPayment(), /has not been paid/],
    [
      "that is only reserved",
      () => aPaidPayment("pm_card_visa", { capture_method: "manual" }),
      /stripe-cancel-payment-intent/,
    ],
    ["that was declined", () => aPaidPayment("pm_card_visa_chargeDeclined"), /has not been paid/],
    ["that is disputed", () => aPaidPayment("pm_card_createDispute"), /is disputed/],
  ])("one %s is a conflict that says so", async (_what, made, message) => {
    const paymentIntentId = await made();
    for (const reference of [undefined, "A"]) {
      const { status, body } = await refund({ paymentIntentId, ...(reference && { reference }) });
      expect([status, body.code, body.issues[0].path]).toEqual([409, "CONFLICT", "paymentIntentId"]);
      expect(body.issues[0].message).toMatch(message);
    }
    expect(await refundsOf(paymentIntentId)).toEqual([]);
  });
});

describe("given a principal that acts for one customer", () => {
  it("it refunds that customer's payments only", async () => {
    const [own, other] = [await aCustomer(), await aCustomer()];
    const authorizer = keyOf("billing", own);
    const mine = await aPaidPayment("pm_card_visa", { customer: own });
    const others = await aPaidPayment("pm_card_visa", { customer: other });
    expect(await refund({ paymentIntentId: mine, amount: 100 }, { authorizer })).toMatchObject({
      status: 200,
    });
    for (const paymentIntentId of [others, await aPaidPayment(), "pi_none"]) {
      expect(await refund({ paymentIntentId, reference: "A" }, { authorizer })).toMatchObject({
        status: 404,
        body: { detail: "paymentIntentId does not exist at Stripe" },
      });
    }
    expect(await refundsOf(others)).toEqual([]);
  });
});

describe("given inputs that cannot be right", () => {
  it.each<[string, object, number, string]>([
    ["a payment that does not exist", { paymentIntentId: "pi_none" }, 404, "paymentIntentId"],
    ["the id of a charge", { paymentIntentId: "ch_1" }, 422, "paymentIntentId"],
    ["an empty id", { paymentIntentId: "" }, 422, "paymentIntentId"],
    ["nothing", { amount: 0 }, 422, "amount"],
    ["less than nothing", { amount: -5 }, 422, "amount"],
    ["half a cent", { amount: 0.5 }, 422, "amount"],
    ["another reason", { reason: "bored" }, 422, "reason"],
    ["an empty reference", { reference: "" }, 422, "reference"],
    ["a blank reference", { reference: "  " }, 422, "reference"],
    ["a reference that is too long", { reference: "x".repeat(201) }, 422, "reference"],
    ["a reference in metadata", { metadata: { reference: "A" } }, 422, "metadata.reference"],
    ["nested metadata", { metadata: { a: {} } }, 422, "metadata.a"],
  ])("%s is refused at its field", async (_what, fields, status, path) => {
    const response = await refund({ paymentIntentId: await aPaidPayment(), ...fields });
    expect([response.status, response.body.issues[0].path]).toEqual([status, path]);
  });
});
