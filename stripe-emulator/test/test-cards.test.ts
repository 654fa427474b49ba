import { describe, expect, it } from "@jest/globals";
import { passesLuhn, TEST_CARDS } from "../payments/test-cards.ts";
import { errorOf, givenAnEmulator } from "./running-emulator.ts";

const SUCCESS = ["payment_intent.created", "charge.succeeded", "payment_intent.succeeded"];
const DECLINE = ["payment_intent.created", "charge.failed", "payment_intent.payment_failed"];
const CHALLENGE = ["payment_intent.created", "payment_intent.requires_action"];

const declines: [string, string, string, string | undefined][] = [
  ["4000000000000002", "pm_card_visa_chargeDeclined", "card_declined", "generic_decline"],
  ["4000000000009995", "pm_card_visa_chargeDeclinedInsufficientFunds", "card_declined", "insufficient_funds"],
  ["4000000000009987", "pm_card_visa_chargeDeclinedLostCard", "card_declined", "lost_card"],
  ["4000000000009979", "pm_card_visa_chargeDeclinedStolenCard", "card_declined", "stolen_card"],
  ["4000000000000069", "pm_card_chargeDeclinedExpiredCard", "expired_card", undefined],
  ["4000000000000127", "pm_card_chargeDeclinedIncorrectCvc", "incorrect_cvc", undefined],
  ["4000000000000119", "pm_card_chargeDeclinedProcessingError", "processing_error", undefined],
  [
    "4000000000006975",
    "pm_card_visa_chargeDeclinedVelocityLimitExceeded",
    "card_declined",
    "card_velocity_exceeded",
  ],
  ["4000000000000341", "pm_card_chargeCustomerFail", "card_declined", "generic_decline"],
];

const payment = { amount: 2000, currency: "usd", automatic_payment_methods: { enabled: true } };
const confirmed = { ...payment, confirm: true, return_url: "https://shop.example/done" };

describe("given the table of test cards", () => {
  it("every number passes the check of a card form, and none appears twice", () => {
    expect(TEST_CARDS.every((card) => passesLuhn(card.number))).toBe(true);
    expect(new Set(TEST_CARDS.map((card) => card.number)).size).toBe(TEST_CARDS.length);
    expect(new Set(TEST_CARDS.map((card) => card.name)).size).toBe(TEST_CARDS.length);
  });
});

describe("given a card that is accepted", () => {
  it.each(["4242424242424242", "4242 4242 4242 4242", "pm_card_visa", "5555555555554444", "pm_card_amex"])(
    "%s pays at once",
    async (card) => {
      const { stripe, pay, eventTypes } = await givenAnEmulator();
      const intent = await stripe.paymentIntents.create(payment);
      expect(intent).toMatchObject({ status: "requires_payment_method", amount_received: 0 });
      expect(await pay(intent.id, card)).toMatchObject({
        status: 200,
        body: { status: "succeeded", amount_received: 2000 },
      });
      expect(await eventTypes()).toEqual(SUCCESS);
    },
  );
});

describe("given a card that is declined", () => {
  it.each(declines)("%s, or its name %s, is declined as %s %s", async (number, name, code, declineCode) => {
    const { stripe, pay, eventTypes } = await givenAnEmulator();
    const intent = await stripe.paymentIntents.create(payment);
    const paid = await pay(intent.id, number);
    expect(paid.status).toBe(402);
    expect(paid.body.error).toMatchObject({ type: "card_error", code });
    expect(paid.body.error?.decline_code).toBe(declineCode);
    expect(await eventTypes()).toEqual(DECLINE);
    const after = await stripe.paymentIntents.retrieve(intent.id);
    expect(after).toMatchObject({
      status: "requires_payment_method",
      payment_method: null,
      amount_received: 0,
    });
    expect(after.last_payment_error).toMatchObject({ type: "card_error", code, charge: after.latest_charge });

    const error = await errorOf(stripe.paymentIntents.create({ ...confirmed, payment_method: name }));
    expect(error).toMatchObject({
      type: "StripeCardError",
      statusCode: 402,
      code,
      charge: expect.stringMatching(/^ch_/),
    });
    // The SDK reads a missing decline code as an empty text.
    expect(error.decline_code).toBe(declineCode ?? "");
    expect(error.payment_intent?.status).toBe("requires_payment_method");
  });

  it("the customer can try again with another card", async () => {
    const { stripe, pay, eventTypes } = await givenAnEmulator();
    const intent = await stripe.paymentIntents.create(payment);
    await pay(intent.id, "4000000000009995");
    expect((await pay(intent.id, "4242424242424242")).body).toMatchObject({
      status: "succeeded",
      last_payment_error: null,
    });
    expect(await eventTypes()).toEqual([...DECLINE, "charge.succeeded", "payment_intent.succeeded"]);
    const charges = await stripe.charges.list({ payment_intent: intent.id });
    expect(charges.data.map((charge) => charge.status)).toEqual(["succeeded", "failed"]);
  });

  it("a number with a wrong check digit is refused without an attempt", async () => {
    const { stripe, pay, eventTypes } = await givenAnEmulator();
    const intent = await stripe.paymentIntents.create(payment);
    expect(await pay(intent.id, "4242424242424241")).toMatchObject({
      status: 402,
      body: { error: { code: "incorrect_number" } },
    });
    expect(await eventTypes()).toEqual(["payment_intent.created"]);
  });

  it("a number that is not a test card is declined as a live card", async () => {
    const { stripe, pay } = await givenAnEmulator();
    const intent = await stripe.paymentIntents.create(payment);
    expect((await pay(intent.id, "4929 0000 0000 6")).body.error?.decline_code).toBe("test_mode_live_card");
  });
});

describe("given a card that needs authentication", () => {
  const finish = (url: string, outcome: string) =>
    fetch(url, { method: "POST", body: `outcome=${outcome}`, redirect: "manual" });

  it.each(["4000002500003155", "4000002760003184", "4000000000003220"])(
    "%s pays once the authentication is completed",
    async (card) => {
      const { stripe, pay, emulator, eventTypes } = await givenAnEmulator();
      const intent = await stripe.paymentIntents.create(payment);
      const waiting = await pay(intent.id, card);
      const url = `${emulator.url}/_emulator/3ds/${intent.id}`;
      expect(waiting.body).toMatchObject({
        status: "requires_action",
        next_action: { type: "redirect_to_url", redirect_to_url: { url } },
      });
      await finish(url, "complete");
      expect((await stripe.paymentIntents.retrieve(intent.id)).status).toBe("succeeded");
      expect(await eventTypes()).toEqual([...CHALLENGE, "charge.succeeded", "payment_intent.succeeded"]);
    },
  );

  it("a failed authentication fails the payment without a charge", async () => {
    const { stripe, eventTypes } = await givenAnEmulator();
    const intent = await stripe.paymentIntents.create({
      ...confirmed,
      payment_method: "pm_card_authenticationRequired",
    });
    const response = await finish(String(intent.next_action?.redirect_to_url?.url), "fail");
    expect(response.headers.get("location")).toContain("redirect_status=failed");
    const after = await stripe.paymentIntents.retrieve(intent.id);
    expect(after).toMatchObject({
      status: "requires_payment_method",
      latest_charge: null,
      next_action: null,
    });
    expect(after.last_payment_error?.code).toBe("payment_intent_authentication_failure");
    expect(await eventTypes()).toEqual([...CHALLENGE, "payment_intent.payment_failed"]);
  });

  it("4000008400001629 is declined after the authentication", async () => {
    const { stripe, pay, eventTypes } = await givenAnEmulator();
    const intent = await stripe.paymentIntents.create(payment);
    const waiting = await pay(intent.id, "4000008400001629");
    expect(waiting.body.status).toBe("requires_action");
    const { next_action: action } = await stripe.paymentIntents.retrieve(intent.id);
    await finish(String(action?.redirect_to_url?.url), "complete");
    expect(await eventTypes()).toEqual([...CHALLENGE, "charge.failed", "payment_intent.payment_failed"]);
  });

  it("an off-session payment is declined with authentication_required", async () => {
    const { stripe } = await givenAnEmulator();
    const error = await errorOf(
      stripe.paymentIntents.create({
        ...confirmed,
        off_session: true,
        payment_method: "pm_card_authenticationRequired",
      }),
    );
    expect(error).toMatchObject({
      type: "StripeCardError",
      code: "authentication_required",
      decline_code: "authentication_required",
    });
  });

  it("a card that was set up needs no authentication for later payments", async () => {
    const { stripe } = await givenAnEmulator();
    const customer = await stripe.customers.create();
    const first = await stripe.paymentIntents.create({
      ...confirmed,
      customer: customer.id,
      setup_future_usage: "off_session",
      payment_method: "pm_card_authenticationRequiredOnSetup",
    });
    await finish(String(first.next_action?.redirect_to_url?.url), "complete");
    const saved = await stripe.customers.listPaymentMethods(customer.id);
    const second = await stripe.paymentIntents.create({
      ...confirmed,
      off_session: true,
      customer: customer.id,
      payment_method: String(saved.data[0]?.id),
    });
    expect(second.status).toBe("succeeded");
  });
});

describe("given a card with later effects", () => {
  it("4000000000000259 succeeds and is then disputed", async () => {
    const { stripe, pay, eventTypes } = await givenAnEmulator();
    const intent = await stripe.paymentIntents.create(payment);
    await pay(intent.id, "4000000000000259");
    expect(await eventTypes()).toEqual([
      ...SUCCESS,
      "charge.dispute.created",
      "charge.dispute.funds_withdrawn",
      "charge.updated",
    ]);
    const [dispute] = (await stripe.disputes.list({ payment_intent: intent.id, expand: ["data.charge"] }))
      .data;
    expect(dispute).toMatchObject({ amount: 2000, status: "needs_response", charge: { disputed: true } });
  });

  it("4000000000005126 succeeds, and its refund fails later", async () => {
    const { stripe, pay, eventTypes } = await givenAnEmulator();
    const intent = await stripe.paymentIntents.create(payment);
    await pay(intent.id, "4000000000005126");
    const refund = await stripe.refunds.create({ payment_intent: intent.id });
    expect(refund.status).toBe("succeeded");
    expect(await stripe.refunds.retrieve(refund.id)).toMatchObject({ status: "failed" });
    expect(await eventTypes()).toEqual([
      ...SUCCESS,
      ...["refund.created", "charge.refunded"],
      ...["charge.refund.updated", "refund.updated", "refund.failed", "charge.updated"],
    ]);
    const [{ data: unrefunded } = { data: {} }] = (await stripe.events.list({ type: "charge.updated" })).data;
    expect(unrefunded).toMatchObject({
      object: { refunded: false, amount_refunded: 0 },
      previous_attributes: { refunded: true, amount_refunded: 2000 },
    });
  });

  it("4000000000000341 can be attached to a customer, and other declined cards cannot", async () => {
    const { stripe } = await givenAnEmulator();
    const customer = await stripe.customers.create();
    const saved = await stripe.paymentMethods.attach("pm_card_chargeCustomerFail", { customer: customer.id });
    expect(saved.customer).toBe(customer.id);
    const error = await errorOf(
      stripe.paymentMethods.attach("pm_card_chargeDeclined", { customer: customer.id }),
    );
    expect(error).toMatchObject({ statusCode: 402, code: "card_declined" });
  });
});

describe("given a card that differs in what the issuer or Stripe reports", () => {
  const confirm = async (payment_method: string) => {
    const { stripe } = await givenAnEmulator();
    const { id: customer } = await stripe.customers.create();
    const { id } = await stripe.paymentIntents.create({ ...payment, customer });
    const billing_details = { address: { line1: "1 Road", postal_code: "94103" } };
    const method = await stripe.paymentMethods.attach(payment_method, { customer });
    await stripe.paymentMethods.update(method.id, { billing_details });
    await stripe.paymentIntents.confirm(id, { payment_method: method.id, return_url: confirmed.return_url });
    const { latest_charge } = await stripe.paymentIntents.retrieve(id, { expand: ["latest_charge"] });
    return latest_charge;
  };

  it.each([
    ["pm_card_visa", { address_line1_check: "pass", address_postal_code_check: "pass", cvc_check: "pass" }],
    ["pm_card_avsZipFail", { address_line1_check: "pass", address_postal_code_check: "fail" }],
    ["pm_card_avsLine1Fail", { address_line1_check: "fail", address_postal_code_check: "pass" }],
    ["pm_card_avsFail", { address_line1_check: "fail", address_postal_code_check: "fail" }],
    [
      "pm_card_avsUnchecked",
      { address_line1_check: "unavailable", address_postal_code_check: "unavailable" },
    ],
    ["pm_card_cvcCheckFail", { address_line1_check: "pass", cvc_check: "fail" }],
  ])("the charge of %s has the checks %j", async (card, checks) => {
    expect(await confirm(card)).toMatchObject({ payment_method_details: { card: { checks } } });
  });

  it("an elevated risk is in the outcome", async () => {
    expect(await confirm("pm_card_riskLevelElevated")).toMatchObject({
      ...{ status: "succeeded", outcome: { risk_level: "elevated", type: "authorized" } },
    });
  });

  it.each(["pm_card_radarBlock", "pm_card_riskLevelHighest"])(
    "%s is blocked before its issuer",
    async (card) => {
      const { stripe } = await givenAnEmulator();
      const error = await errorOf(stripe.paymentIntents.create({ ...confirmed, payment_method: card }));
      expect(error).toMatchObject({ code: "card_declined", decline_code: "fraudulent" });
      expect(await stripe.charges.retrieve(String(error.charge))).toMatchObject({
        outcome: { type: "blocked", network_status: "not_sent_to_network", risk_level: "highest" },
      });
    },
  );

  it("one that is set up for payments without the customer asks only when the customer is there", async () => {
    const { stripe } = await givenAnEmulator();
    const payment_method = "pm_card_authenticationRequiredSetupForOffSession";
    const absent = await stripe.paymentIntents.create({ ...confirmed, off_session: true, payment_method });
    expect(absent.status).toBe("succeeded");
    const present = await stripe.paymentIntents.create({ ...confirmed, payment_method });
    expect(present.status).toBe("requires_action");
  });

  it("error_on_requires_action fails a payment that needs the customer", async () => {
    const { stripe } = await givenAnEmulator();
    const error = await errorOf(
      stripe.paymentIntents.create({
        ...{ ...confirmed, error_on_requires_action: true },
        payment_method: "pm_card_authenticationRequired",
      }),
    );
    expect(error).toMatchObject({
      code: "authentication_required",
      payment_intent: { status: "requires_payment_method" },
    });
  });

  it("any card can be made to ask for authentication", async () => {
    const { stripe } = await givenAnEmulator();
    const intent = await stripe.paymentIntents.create({
      ...{ ...confirmed, payment_method: "pm_card_visa" },
      payment_method_options: { card: { request_three_d_secure: "any" } },
    });
    expect(intent.status).toBe("requires_action");
  });
});

describe("given a decline", () => {
  it.each([
    ["pm_card_chargeDeclined", "try_again_later"],
    ["pm_card_chargeDeclinedExpiredCard", "do_not_try_again"],
    ["pm_card_chargeDeclinedIncorrectCvc", "confirm_card_data"],
  ])(
    "%s: the error, the intent and the charge carry the issuer's advice %s",
    async (payment_method, advice) => {
      const { stripe } = await givenAnEmulator();
      const { id } = await stripe.paymentIntents.create({ amount: 2000, currency: "usd" });
      const error = await errorOf(
        stripe.paymentIntents.confirm(id, { payment_method, return_url: "https://shop.example/done" }),
      );
      expect(error.advice_code).toBe(advice);
      const intent = await stripe.paymentIntents.retrieve(id, { expand: ["latest_charge"] });
      expect(intent).toMatchObject({
        last_payment_error: { advice_code: advice },
        latest_charge: { outcome: { advice_code: advice } },
      });
    },
  );
});
