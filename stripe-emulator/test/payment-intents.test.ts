import { describe, expect, it } from "@jest/globals";
import { errorOf, givenAnEmulator, rawCall } from "./running-emulator.ts";

const payment = { amount: 2000, currency: "usd" } as const;
const confirmation = { payment_method: "pm_card_visa", return_url: "https://shop.example/done" };

describe("given a new payment intent", () => {
  it("it waits for a payment method and has received nothing", async () => {
    const { stripe } = await givenAnEmulator({ now: () => 1_900_000_000 });
    const intent = await stripe.paymentIntents.create({
      ...payment,
      currency: "USD",
      metadata: { order: "42" },
    });
    expect(intent).toMatchObject({
      status: "requires_payment_method",
      amount: 2000,
      amount_received: 0,
      currency: "usd",
      created: 1_900_000_000,
      livemode: false,
      metadata: { order: "42" },
      automatic_payment_methods: { enabled: true, allow_redirects: "always" },
      payment_method_types: ["card"],
    });
    expect(intent.client_secret?.startsWith(`${intent.id}_secret_`)).toBe(true);
    expect(intent).not.toHaveProperty("use_stripe_sdk");
  });

  it("an update changes it, and an empty value unsets a field", async () => {
    const { stripe } = await givenAnEmulator();
    const intent = await stripe.paymentIntents.create({
      ...payment,
      description: "Old",
      metadata: { a: "1", b: "2" },
    });
    const updated = await stripe.paymentIntents.update(intent.id, {
      amount: 2500,
      description: "",
      metadata: { a: "", c: "3" },
    });
    expect(updated).toMatchObject({ amount: 2500, description: null });
    expect(updated.metadata).toEqual({ b: "2", c: "3" });
  });

  it("a payment method makes it ready to be confirmed", async () => {
    const { stripe } = await givenAnEmulator();
    const intent = await stripe.paymentIntents.create({ ...payment, payment_method: "pm_card_visa" });
    expect(intent.status).toBe("requires_confirmation");
    const { return_url } = confirmation;
    expect((await stripe.paymentIntents.confirm(intent.id, { return_url })).status).toBe("succeeded");
  });

  it("confirming it pays, and the charge has the card", async () => {
    const { stripe } = await givenAnEmulator();
    const customer = await stripe.customers.create();
    const intent = await stripe.paymentIntents.create({
      ...payment,
      ...confirmation,
      customer: customer.id,
      confirm: true,
      expand: ["latest_charge.balance_transaction", "customer"],
    });
    expect(intent).toMatchObject({
      status: "succeeded",
      amount_received: 2000,
      customer: { object: "customer", id: customer.id },
      latest_charge: {
        paid: true,
        captured: true,
        payment_method_details: { type: "card", card: { brand: "visa", last4: "4242" } },
        balance_transaction: { amount: 2000, fee: 88, net: 1912 },
      },
    });
    expect((await stripe.balance.retrieve()).available).toMatchObject([{ amount: 1912, currency: "usd" }]);
    expect((await stripe.paymentIntents.list({ customer: customer.id })).data).toHaveLength(1);
  });

  it("a server must give a return_url, unless no payment method redirects", async () => {
    const { stripe } = await givenAnEmulator();
    const { payment_method } = confirmation;
    const error = await errorOf(stripe.paymentIntents.create({ ...payment, confirm: true, payment_method }));
    expect(error.message).toContain("return_url");
    const intent = await stripe.paymentIntents.create({
      ...payment,
      confirm: true,
      payment_method,
      automatic_payment_methods: { enabled: true, allow_redirects: "never" },
    });
    expect(intent.status).toBe("succeeded");
  });

  it("without a payment method it cannot be confirmed", async () => {
    const { stripe } = await givenAnEmulator();
    const intent = await stripe.paymentIntents.create(payment);
    const error = await errorOf(
      stripe.paymentIntents.confirm(intent.id, { return_url: "https://a.example" }),
    );
    expect(error.code).toBe("payment_intent_unexpected_state");
  });
});

describe("given a payment intent that is paid or canceled", () => {
  it("a paid one cannot be paid again, canceled or changed", async () => {
    const { stripe, pay, eventTypes } = await givenAnEmulator();
    const intent = await stripe.paymentIntents.create({ ...payment, ...confirmation, confirm: true });
    const before = await eventTypes();
    for (const call of [
      stripe.paymentIntents.confirm(intent.id, confirmation),
      stripe.paymentIntents.cancel(intent.id),
      stripe.paymentIntents.update(intent.id, { amount: 3000 }),
      stripe.paymentIntents.capture(intent.id),
    ]) {
      expect(await errorOf(call)).toMatchObject({ statusCode: 400, code: "payment_intent_unexpected_state" });
    }
    expect((await pay(intent.id, "4242424242424242")).status).toBe(400);
    expect(await eventTypes()).toEqual(before);
  });

  it("a canceled one cannot be paid", async () => {
    const { stripe, pay, eventTypes } = await givenAnEmulator();
    const intent = await stripe.paymentIntents.create(payment);
    const canceled = await stripe.paymentIntents.cancel(intent.id, { cancellation_reason: "abandoned" });
    expect(canceled).toMatchObject({ status: "canceled", cancellation_reason: "abandoned" });
    expect((await pay(intent.id, "4242424242424242")).status).toBe(400);
    expect(await eventTypes()).toEqual(["payment_intent.created", "payment_intent.canceled"]);
  });
});

describe("given manual capture", () => {
  it("the amount is held, and part of it can be captured", async () => {
    const { stripe, eventTypes } = await givenAnEmulator();
    const held = await stripe.paymentIntents.create({
      ...payment,
      ...confirmation,
      confirm: true,
      capture_method: "manual",
    });
    expect(held).toMatchObject({ status: "requires_capture", amount_capturable: 2000, amount_received: 0 });
    await expect(stripe.paymentIntents.capture(held.id, { amount_to_capture: 2001 })).rejects.toMatchObject({
      code: "amount_too_large",
    });
    const taken = await stripe.paymentIntents.capture(held.id, { amount_to_capture: 1500 });
    expect(taken).toMatchObject({ status: "succeeded", amount_capturable: 0, amount_received: 1500 });
    expect(await eventTypes()).toEqual([
      "payment_intent.created",
      "charge.succeeded",
      "payment_intent.amount_capturable_updated",
      "charge.captured",
      "payment_intent.succeeded",
    ]);
  });
});

describe("given a browser with a publishable key", () => {
  const authorization = "Bearer pk_test_local";
  const card =
    "payment_method_data[type]=card&payment_method_data[card][exp_month]=12&payment_method_data[card][exp_year]=2099";

  it("it sees only the public part of an intent, and needs its client secret", async () => {
    const { stripe, emulator } = await givenAnEmulator();
    const intent = await stripe.paymentIntents.create({ ...payment, metadata: { internal: "yes" } });
    const path = `/v1/payment_intents/${intent.id}`;
    const headers = { authorization, origin: emulator.url };
    const response = await rawCall(emulator, "GET", `${path}?client_secret=${intent.client_secret}`, {
      headers,
    });
    expect(response.body).toMatchObject({ id: intent.id, amount: 2000, status: "requires_payment_method" });
    expect(response.body).not.toHaveProperty("metadata");
    expect((await rawCall(emulator, "GET", path, { headers })).status).toBe(400);
    expect(
      (await rawCall(emulator, "GET", `${path}?client_secret=${intent.id}_secret_x`, { headers })).status,
    ).toBe(404);
  });

  it("it can confirm with a card that was typed in", async () => {
    const { stripe, emulator } = await givenAnEmulator();
    const intent = await stripe.paymentIntents.create({ ...payment, metadata: { internal: "yes" } });
    const pay = (number: string) =>
      rawCall(emulator, "POST", `/v1/payment_intents/${intent.id}/confirm`, {
        headers: { authorization },
        body: `client_secret=${intent.client_secret}&${card}&payment_method_data[card][number]=${number}&payment_method_data[card][cvc]=123`,
      });
    const declined = await pay("4000000000000002");
    expect(declined).toMatchObject({ status: 402, body: { error: { decline_code: "generic_decline" } } });
    expect(declined.body.error?.payment_intent).not.toHaveProperty("metadata");
    expect(await pay("4242424242424242")).toMatchObject({ status: 200, body: { status: "succeeded" } });
  });

  it("a server cannot send card numbers", async () => {
    const { emulator } = await givenAnEmulator();
    const response = await rawCall(emulator, "POST", "/v1/payment_methods", {
      body: "type=card&card[number]=4242424242424242&card[exp_month]=12&card[exp_year]=2099",
    });
    expect(response.status).toBe(402);
    expect(response.body.error?.message).toContain("unsafe");
  });

  it.each([
    ["card[number]=4242424242424241&card[exp_month]=12&card[exp_year]=2099", "incorrect_number"],
    ["card[number]=4242424242424242&card[exp_month]=13&card[exp_year]=2099", "invalid_expiry_month"],
    ["card[number]=4242424242424242&card[exp_month]=12&card[exp_year]=2020", "invalid_expiry_year"],
    ["card[number]=4242424242424242&card[exp_month]=12&card[exp_year]=2099&card[cvc]=12", "invalid_cvc"],
  ])("a card that cannot exist (%s) is refused with %s", async (fields, code) => {
    const { emulator } = await givenAnEmulator();
    const response = await rawCall(emulator, "POST", "/v1/payment_methods", {
      headers: { authorization },
      body: `type=card&${fields}`,
    });
    expect(response).toMatchObject({ status: 402, body: { error: { type: "card_error", code } } });
  });
});
