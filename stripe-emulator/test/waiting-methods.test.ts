import { describe, expect, it } from "@jest/globals";
import { WAITING_METHODS } from "../payments/next-actions.ts";
import { givenAnEmulator } from "./running-emulator.ts";

describe("given a method with which a payment waits", () => {
  it.each(WAITING_METHODS)(
    "%s: the payment waits with a next action, and succeeds once it is paid",
    async (method) => {
      const { stripe, control, eventTypes } = await givenAnEmulator();
      const { id } = await stripe.paymentIntents.create({ amount: 2000, currency: "eur" });
      expect((await control("wait", { paymentIntent: id, method })).status).toBe(200);
      const waiting = await stripe.paymentIntents.retrieve(id, { expand: ["payment_method"] });
      const type = waiting.next_action?.type ?? "";
      expect(waiting).toMatchObject({
        status: "requires_action",
        next_action: { [type]: expect.anything() },
        payment_method: { type: method },
      });
      const { status } = await control("settle", { paymentIntent: id, outcome: "paid" });
      expect(status).toBe(200);
      const paid = await stripe.paymentIntents.retrieve(id, { expand: ["latest_charge"] });
      expect(paid).toMatchObject({
        status: "succeeded",
        next_action: null,
        amount_received: 2000,
        latest_charge: { payment_method_details: { type: method } },
      });
      expect(await eventTypes()).toEqual([
        "payment_intent.created",
        "payment_intent.requires_action",
        "charge.succeeded",
        "payment_intent.succeeded",
      ]);
    },
  );

  it("its instructions are a page that shows the amount", async () => {
    const { stripe, control } = await givenAnEmulator();
    const { id } = await stripe.paymentIntents.create({ amount: 2000, currency: "mxn" });
    await control("wait", { paymentIntent: id, method: "oxxo" });
    const { next_action: action } = await stripe.paymentIntents.retrieve(id);
    const page = await fetch(action?.oxxo_display_details?.hosted_voucher_url ?? "");
    expect(await page.text()).toContain("MX$20.00");
  });

  it("one that expires is a failed attempt, after which another method pays", async () => {
    const { stripe, control, pay, eventTypes } = await givenAnEmulator();
    const { id } = await stripe.paymentIntents.create({ amount: 2000, currency: "mxn" });
    await control("wait", { paymentIntent: id, method: "oxxo" });
    const { status, body } = await control("settle", { paymentIntent: id, outcome: "expired" });
    expect(status).toBe(402);
    expect(body.error?.code).toBe("payment_intent_payment_attempt_expired");
    expect(await stripe.paymentIntents.retrieve(id)).toMatchObject({
      status: "requires_payment_method",
      next_action: null,
      last_payment_error: { code: "payment_intent_payment_attempt_expired" },
    });
    expect(await eventTypes()).toContain("payment_intent.payment_failed");
    expect((await pay(id, "4242424242424242")).body.status).toBe("succeeded");
  });

  it("another next action can be given, of a kind that does not exist yet", async () => {
    const { stripe, control } = await givenAnEmulator();
    const { id } = await stripe.paymentIntents.create({ amount: 2000, currency: "usd" });
    const nextAction = { type: "teleport_cash", teleport_cash: { url: "https://a.example/" } };
    await control("wait", { paymentIntent: id, nextAction });
    expect((await stripe.paymentIntents.retrieve(id)).next_action).toEqual(nextAction);
  });

  it.each([
    ["wait", { method: "cheque" }, "method: expected one of oxxo"],
    ["wait", { nextAction: {} }, "nextAction: expected an object with a type"],
    ["settle", { outcome: "lost" }, "outcome: expected paid, expired or failed"],
    ["settle", { outcome: "paid" }, "You cannot settle this PaymentIntent"],
  ])("%s with %j is refused", async (action, input, message) => {
    const { stripe, control } = await givenAnEmulator();
    const { id } = await stripe.paymentIntents.create({ amount: 2000, currency: "usd" });
    const { status, body } = await control(action, { paymentIntent: id, ...input });
    expect(status).toBe(400);
    expect(body.error?.message).toContain(message);
  });
});
