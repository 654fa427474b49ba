/** The life of a dispute, and changes of charges and refunds. */
import { describe, expect, it } from "@jest/globals";
import { errorOf, givenAnEmulator } from "./running-emulator.ts";

async function givenADispute(card = "pm_card_createDispute") {
  const running = await givenAnEmulator();
  const { stripe, pay, eventTypes } = running;
  const intent = await stripe.paymentIntents.create({ amount: 2000, currency: "usd" });
  await pay(intent.id, card);
  const [dispute] = (await stripe.disputes.list({ payment_intent: intent.id })).data;
  if (dispute === undefined) throw new Error("no dispute");
  const before = (await eventTypes()).length;
  const fresh = async () => (await eventTypes()).slice(before);
  const balance = async () => (await stripe.balance.retrieve()).available[0]?.amount;
  return { ...running, dispute, fresh, balance };
}

describe("given a dispute", () => {
  it.each([
    ["winning_evidence", "won", ["charge.dispute.closed", "charge.dispute.funds_reinstated"]],
    ["losing_evidence", "lost", ["charge.dispute.closed"]],
    ["we sent it", "under_review", []],
  ])("after the evidence %j its status is %s", async (evidence, status, events) => {
    const { stripe, dispute, fresh, balance } = await givenADispute();
    const withdrawn = await balance();
    const response = await stripe.disputes.update(dispute.id, { evidence: { uncategorized_text: evidence } });
    expect(response).toMatchObject({
      status,
      evidence_details: { has_evidence: true, submission_count: 1 },
    });
    expect(await stripe.disputes.retrieve(dispute.id)).toMatchObject({ status });
    expect(await fresh()).toEqual(["charge.dispute.updated", ...events]);
    expect(await balance()).toBe(status === "won" ? Number(withdrawn) + 2000 + 1500 : withdrawn);
  });

  it("evidence that is not submitted is stored and decides nothing", async () => {
    const { stripe, dispute } = await givenADispute();
    const evidence = { uncategorized_text: "winning_evidence" };
    expect(await stripe.disputes.update(dispute.id, { evidence, submit: false })).toMatchObject({
      status: "needs_response",
      evidence_details: { has_evidence: true, submission_count: 0 },
    });
  });

  it("closing it loses it, and it cannot be closed twice", async () => {
    const { stripe, dispute, fresh } = await givenADispute();
    expect((await stripe.disputes.close(dispute.id)).status).toBe("lost");
    expect(await fresh()).toEqual(["charge.dispute.closed"]);
    expect((await errorOf(stripe.disputes.close(dispute.id))).message).toContain("its status is lost");
  });
});

describe("given an inquiry", () => {
  const givenAnInquiry = () => givenADispute("pm_card_createDisputeInquiry");

  it("it moves no money, and the charge can be refunded", async () => {
    const { stripe, dispute, balance } = await givenAnInquiry();
    expect(dispute).toMatchObject({
      status: "warning_needs_response",
      is_charge_refundable: true,
      balance_transactions: [],
      payment_method_details: { type: "card", card: { case_type: "inquiry" } },
    });
    expect(await balance()).toBe(2000 - 88);
    await stripe.refunds.create({ payment_intent: String(dispute.payment_intent), amount: 500 });
    expect((await stripe.disputes.retrieve(dispute.id)).status).toBe("warning_needs_response");
    await stripe.refunds.create({ payment_intent: String(dispute.payment_intent) });
    expect((await stripe.disputes.retrieve(dispute.id)).status).toBe("warning_closed");
  });

  it.each([
    ["winning_evidence", "warning_closed", ["charge.dispute.closed"]],
    ["losing_evidence", "warning_closed", ["charge.dispute.closed"]],
    ["we sent it", "warning_under_review", []],
    [
      "escalate_inquiry_evidence",
      "needs_response",
      ["charge.dispute.updated", "charge.dispute.funds_withdrawn"],
    ],
  ])("after the evidence %j its status is %s", async (evidence, status, events) => {
    const { stripe, dispute, fresh, balance } = await givenAnInquiry();
    const response = await stripe.disputes.update(dispute.id, { evidence: { uncategorized_text: evidence } });
    expect(response).toMatchObject({ status, evidence_details: { submission_count: 1 } });
    expect(await fresh()).toEqual(["charge.dispute.updated", ...events]);
    expect(await balance()).toBe(status === "needs_response" ? -88 - 1500 : 2000 - 88);
  });

  it("closing it ends it, and its labels can still be changed", async () => {
    const { stripe, dispute, fresh } = await givenAnInquiry();
    expect((await stripe.disputes.close(dispute.id)).status).toBe("warning_closed");
    expect((await stripe.disputes.update(dispute.id, { metadata: { a: "1" } })).metadata).toEqual({ a: "1" });
    expect(await fresh()).toEqual(["charge.dispute.closed", "charge.dispute.updated"]);
    const late = stripe.disputes.update(dispute.id, { evidence: { uncategorized_text: "x" } });
    expect((await errorOf(late)).code).toBe("status_transition_invalid");
  });
});

describe("given a dispute of another kind", () => {
  it.each([
    ["pm_card_createDisputeProductNotReceived", "product_not_received", [2000]],
    ["pm_card_createComplianceDispute", "noncompliant", [2000]],
    ["pm_card_createMultipleDisputes", "fraudulent", [1000, 1000]],
  ])("%s is disputed as %s", async (card, reason, amounts) => {
    const { stripe, dispute } = await givenADispute(card);
    const { data } = await stripe.disputes.list({ charge: String(dispute.charge) });
    expect(data.map((one) => [one.reason, one.amount])).toEqual(amounts.map((amount) => [reason, amount]));
    expect(data[0]?.balance_transactions).toMatchObject([
      { type: "adjustment", reporting_category: "dispute", amount: -Number(amounts[0]), fee: 1500 },
    ]);
  });

  it("a report of fraud is no dispute", async () => {
    const { stripe, pay } = await givenAnEmulator();
    const { id } = await stripe.paymentIntents.create({ amount: 2000, currency: "usd" });
    await pay(id, "pm_card_createIssuerFraudRecord");
    const [warning] = (await stripe.radar.earlyFraudWarnings.list({ payment_intent: id })).data;
    expect(warning).toMatchObject({ actionable: true, fraud_type: "misc" });
    expect(await stripe.radar.earlyFraudWarnings.retrieve(String(warning?.id))).toMatchObject({
      charge: warning?.charge,
    });
    expect((await stripe.disputes.list()).data).toEqual([]);
  });
});

describe("given a charge and its refund", () => {
  it("the event of a change has the previous values", async () => {
    const { stripe, pay, eventTypes } = await givenAnEmulator();
    const intent = await stripe.paymentIntents.create({ amount: 2000, currency: "usd" });
    await pay(intent.id, "pm_card_visa");
    const refund = await stripe.refunds.create({ payment_intent: intent.id });
    const { length } = await eventTypes();
    await stripe.refunds.update(refund.id, { metadata: { order: "7" } });
    await stripe.charges.update(String(refund.charge), { description: "Order 7", metadata: { order: "7" } });
    expect((await eventTypes()).slice(length)).toEqual([
      ...["charge.refund.updated", "refund.updated", "charge.updated"],
    ]);
    const [charge, refunded] = (await stripe.events.list({ limit: 2 })).data;
    expect(charge?.data).toMatchObject({
      object: { description: "Order 7", metadata: { order: "7" } },
      previous_attributes: { description: null, metadata: {} },
    });
    expect(refunded?.data).toMatchObject({ previous_attributes: { metadata: {} } });
    expect(await stripe.refunds.retrieve(refund.id)).toMatchObject({ metadata: { order: "7" } });
  });
});
