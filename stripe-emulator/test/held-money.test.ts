/** Money that is held: captured in parts, increased, released, or lost to time; and the refunds of what was captured. */
import { describe, expect, it } from "@jest/globals";
import { errorOf, givenAnEmulator, type RunningEmulator } from "./running-emulator.ts";

const options = (names: readonly string[]) => ({
  payment_method_options: { card: Object.fromEntries(names.map((name) => [name, "if_available"])) },
});

async function givenHeldMoney(...names: string[]): Promise<RunningEmulator & { id: string }> {
  const running = await givenAnEmulator();
  const { id } = await running.stripe.paymentIntents.create({
    ...{ amount: 2000, currency: "usd", confirm: true, capture_method: "manual", ...options(names) },
    ...{ payment_method: "pm_card_visa", return_url: "https://shop.example/" },
  });
  return { ...running, id };
}

describe("given money that is held", () => {
  it("several captures take it part by part, when the card was asked for that", async () => {
    const { stripe, id, eventTypes } = await givenHeldMoney("request_multicapture");
    const capture = (amount_to_capture: number, final_capture: boolean) =>
      stripe.paymentIntents.capture(id, { amount_to_capture, final_capture });
    expect(await capture(500, false)).toMatchObject({
      ...{ status: "requires_capture", amount_capturable: 1500, amount_received: 500 },
    });
    expect((await errorOf(capture(1501, true))).param).toBe("amount_to_capture");
    expect(await capture(700, true)).toMatchObject({
      ...{ status: "succeeded", amount_capturable: 0, amount_received: 1200 },
    });
    expect(await eventTypes()).toEqual([
      ...["payment_intent.created", "charge.succeeded", "payment_intent.amount_capturable_updated"],
      ...["charge.captured", "payment_intent.amount_capturable_updated"],
      ...["charge.captured", "payment_intent.succeeded"],
    ]);
    const [charge] = (await stripe.charges.list({ payment_intent: id })).data;
    expect(charge).toMatchObject({
      amount_captured: 1200,
      amount_refunded: 800,
      captured: true,
      refunded: false,
    });
  });

  it("without being asked for it, a card allows one capture and no increase", async () => {
    const { stripe, id } = await givenHeldMoney();
    expect(await errorOf(stripe.paymentIntents.capture(id, { final_capture: false }))).toMatchObject({
      param: "final_capture",
    });
    const increase = stripe.paymentIntents.incrementAuthorization(id, { amount: 2500 });
    expect((await errorOf(increase)).message).toContain("request_incremental_authorization");
    const over = stripe.paymentIntents.capture(id, { amount_to_capture: 2001 });
    expect(await errorOf(over)).toMatchObject({ code: "amount_too_large", param: "amount_to_capture" });
  });

  it("it can be increased, and captured with what was added", async () => {
    const { stripe, id, eventTypes } = await givenHeldMoney("request_incremental_authorization");
    const increase = (amount: number) => stripe.paymentIntents.incrementAuthorization(id, { amount });
    expect((await errorOf(increase(2000))).param).toBe("amount");
    expect(await increase(2600)).toMatchObject({ amount: 2600, amount_capturable: 2600 });
    expect((await eventTypes()).at(-1)).toBe("payment_intent.amount_capturable_updated");
    expect(await stripe.paymentIntents.capture(id)).toMatchObject({ amount_received: 2600 });
    expect((await errorOf(increase(3000))).code).toBe("payment_intent_unexpected_state");
  });

  it("one option of the card holds the money of an intent that would capture at once", async () => {
    const { stripe } = await givenAnEmulator();
    const { status } = await stripe.paymentIntents.create({
      ...{ amount: 2000, currency: "usd", confirm: true, return_url: "https://shop.example/" },
      ...{ payment_method: "pm_card_visa", payment_method_options: { card: { capture_method: "manual" } } },
    });
    expect(status).toBe("requires_capture");
  });

  it("canceling releases it, with the reason, and nothing was refunded to the balance", async () => {
    const { stripe, id } = await givenHeldMoney();
    expect((await errorOf(stripe.refunds.create({ payment_intent: id }))).code).toBe("charge_not_refundable");
    const canceled = await stripe.paymentIntents.cancel(id, { cancellation_reason: "fraudulent" });
    expect(canceled).toMatchObject({
      status: "canceled",
      cancellation_reason: "fraudulent",
      amount_capturable: 0,
    });
    const [charge] = (await stripe.charges.list({ payment_intent: id })).data;
    expect(charge).toMatchObject({ captured: false, refunded: true, amount_refunded: 2000 });
    expect((await stripe.balanceTransactions.list()).data).toEqual([]);
  });

  it("after seven days the issuer no longer holds it", async () => {
    const { stripe, id, control, eventTypes } = await givenHeldMoney();
    const before = (await eventTypes()).length;
    await control("clock", { advance: 7 * 24 * 60 * 60 });
    expect((await eventTypes()).slice(before)).toEqual(["charge.expired", "payment_intent.canceled"]);
    expect(await stripe.paymentIntents.retrieve(id)).toMatchObject({
      ...{ status: "canceled", cancellation_reason: "automatic" },
    });
  });

  it.each(["requires_payment_method", "requires_confirmation", "requires_action"])(
    "an intent in %s can be canceled, too",
    async (status) => {
      const { stripe } = await givenAnEmulator();
      const { id } = await stripe.paymentIntents.create({ amount: 2000, currency: "usd" });
      const payment_method = "pm_card_authenticationRequired";
      if (status !== "requires_payment_method") await stripe.paymentIntents.update(id, { payment_method });
      if (status === "requires_action") {
        await stripe.paymentIntents.confirm(id, { return_url: "https://shop.example/" });
      }
      expect((await stripe.paymentIntents.retrieve(id)).status).toBe(status);
      expect((await stripe.paymentIntents.cancel(id)).status).toBe("canceled");
      expect((await errorOf(stripe.paymentIntents.cancel(id))).code).toBe("payment_intent_unexpected_state");
    },
  );
});

describe("given a payment that is refunded", () => {
  async function givenAPayment(method = "pm_card_visa") {
    const running = await givenAnEmulator();
    const { id, latest_charge } = await running.stripe.paymentIntents.create({
      ...{ amount: 2000, currency: "usd", confirm: true, payment_method: method },
      return_url: "https://shop.example/",
    });
    return { ...running, id, charge: String(latest_charge) };
  }

  it("by its charge or its intent, in parts, until nothing is left", async () => {
    const { stripe, id, charge } = await givenAPayment();
    const first = await stripe.refunds.create({
      charge,
      amount: 500,
      reason: "duplicate",
      metadata: { a: "1" },
    });
    expect(first).toMatchObject({
      amount: 500,
      payment_intent: id,
      reason: "duplicate",
      status: "succeeded",
    });
    expect(await stripe.charges.retrieve(charge)).toMatchObject({ amount_refunded: 500, refunded: false });
    const much = await errorOf(stripe.refunds.create({ payment_intent: id, amount: 1501 }));
    expect(much).toMatchObject({ statusCode: 400, param: "amount" });
    expect(much.message).toContain("(1501) is greater than the unrefunded amount on the charge (1500)");
    expect((await stripe.refunds.create({ payment_intent: id })).amount).toBe(1500);
    expect(await stripe.charges.retrieve(charge, { expand: ["refunds"] })).toMatchObject({
      ...{ refunded: true, amount_refunded: 2000 },
      refunds: { data: [{ amount: 1500 }, { amount: 500 }] },
    });
    expect((await errorOf(stripe.refunds.create({ charge, amount: 1 }))).code).toBe(
      "charge_already_refunded",
    );
    expect((await stripe.refunds.list({ charge })).data).toHaveLength(2);
  });

  it.each([
    [{}, "parameter_missing", "payment_intent"],
    [{ payment_intent: "pi_none" }, "resource_missing", "payment_intent"],
    [{ charge: "ch_none" }, "resource_missing", "charge"],
    [{ amount: 0 }, "parameter_invalid_integer", "amount"],
    [{ reason: "bored" }, undefined, "reason"],
    [{ reverse_transfer: true }, undefined, "reverse_transfer"],
    [{ refund_application_fee: true }, undefined, "refund_application_fee"],
  ])("the request %j is refused with %s at %s", async (request, code, param) => {
    const { stripe, id } = await givenAPayment();
    const body = Object.keys(request).some((name) => name === "payment_intent" || name === "charge")
      ? {}
      : { payment_intent: id };
    const whole = Object.keys(request).length === 0 ? {} : { ...body, ...request };
    expect(await errorOf(stripe.refunds.create(whole))).toMatchObject({
      statusCode: 400,
      param,
      ...(code && { code }),
    });
  });

  it("a failed payment, one of another charge and a disputed one are not refunded", async () => {
    const { stripe, id } = await givenAPayment();
    const { id: other } = await stripe.paymentIntents.create({ amount: 2000, currency: "usd" });
    await errorOf(
      stripe.paymentIntents.confirm(other, {
        ...{ payment_method: "pm_card_chargeDeclined", return_url: "https://shop.example/" },
      }),
    );
    const [failed] = (await stripe.charges.list({ payment_intent: other })).data;
    const charge = String(failed?.id);
    expect((await errorOf(stripe.refunds.create({ charge }))).code).toBe("charge_not_refundable");
    expect((await errorOf(stripe.refunds.create({ charge, payment_intent: id }))).param).toBe(
      "payment_intent",
    );
    const disputed = await givenAPayment("pm_card_createDispute");
    const call = disputed.stripe.refunds.create({ payment_intent: disputed.id });
    expect(await errorOf(call)).toMatchObject({ code: "charge_disputed" });
  });

  it("a refund that pends arrives a day later, and cannot be canceled", async () => {
    const { stripe, id, control, eventTypes } = await givenAPayment("pm_card_pendingRefund");
    const refund = await stripe.refunds.create({ payment_intent: id });
    expect(refund).toMatchObject({ status: "pending", pending_reason: "processing" });
    expect((await errorOf(stripe.refunds.cancel(refund.id))).message).toContain("pending");
    const before = (await eventTypes()).length;
    await control("clock", { advance: 24 * 60 * 60 });
    expect(await stripe.refunds.retrieve(refund.id)).toMatchObject({ status: "succeeded" });
    expect((await eventTypes()).slice(before)).toEqual(["charge.refund.updated", "refund.updated"]);
  });

  it("a refund that failed can be made again, and the balance has all three bookings", async () => {
    const { stripe, id } = await givenAPayment("pm_card_refundFail");
    const failed = await stripe.refunds.create({ payment_intent: id });
    expect(await stripe.refunds.retrieve(failed.id)).toMatchObject({
      ...{ status: "failed", failure_reason: "expired_or_canceled_card" },
      failure_balance_transaction: expect.stringMatching(/^txn_/),
    });
    expect((await stripe.refunds.create({ payment_intent: id })).amount).toBe(2000);
    const booked = (await stripe.balanceTransactions.list({ source: failed.id })).data;
    expect(booked.map(({ type, amount }) => [type, amount])).toEqual([
      ...[
        ["refund_failure", 2000],
        ["refund", -2000],
      ],
    ]);
    expect((await stripe.balanceTransactions.list({ type: "charge" })).data).toHaveLength(1);
  });
});
