/** Payment methods: from tokens and bank accounts, of each type, kept by customers. */
import { describe, expect, it } from "@jest/globals";
import { COUNTRY_CARDS, TEST_CARDS } from "../payments/test-cards.ts";
import { errorOf, givenAnEmulator, rawCall } from "./running-emulator.ts";

const browser = { authorization: "Bearer pk_test_local" };

describe("given a token", () => {
  it.each(["tok_visa", "tok_amex", "tok_br", "tok_visa_chargeDeclined"])(
    "the ready-made %s makes a payment method of the same card, again and again",
    async (token) => {
      const { stripe } = await givenAnEmulator();
      const made = await stripe.paymentMethods.create({ type: "card", card: { token } });
      const again = await stripe.paymentMethods.create({ type: "card", card: { token } });
      const named = await stripe.paymentMethods.retrieve(token.replace("tok_", "pm_card_"));
      expect(made.card).toEqual(named.card);
      expect(again.card?.fingerprint).toBe(made.card?.fingerprint);
      expect(again.id).not.toBe(made.id);
    },
  );

  it("one that a browser made from a number is used once", async () => {
    const { stripe, emulator } = await givenAnEmulator();
    const body =
      "card[number]=5555555555554444&card[exp_month]=8&card[exp_year]=40&card[cvc]=123&card[name]=Ada&card[address_zip]=94103";
    const made = await rawCall(emulator, "POST", "/v1/tokens", { body, headers: browser });
    expect(made.body).toMatchObject({
      ...{ object: "token", type: "card", used: false },
      card: { brand: "MasterCard", last4: "4444", exp_year: 2040, name: "Ada", address_zip: "94103" },
    });
    const token = String(made.body.id);
    const { card } = await stripe.paymentMethods.create({ type: "card", card: { token } });
    expect(card).toMatchObject({ brand: "mastercard", last4: "4444", exp_month: 8, exp_year: 2040 });
    expect((await stripe.tokens.retrieve(token)).used).toBe(true);
    const second = await errorOf(stripe.paymentMethods.create({ type: "card", card: { token } }));
    expect(second).toMatchObject({ statusCode: 400, code: "token_already_used", param: "card[token]" });
  });

  it("a server cannot make one from a number, and an unknown one is not found", async () => {
    const { stripe, emulator } = await givenAnEmulator();
    const body = "card[number]=4242424242424242&card[exp_month]=8&card[exp_year]=40";
    expect((await rawCall(emulator, "POST", "/v1/tokens", { body })).status).toBe(402);
    const call = stripe.paymentMethods.create({ type: "card", card: { token: "tok_none" } });
    expect(await errorOf(call)).toMatchObject({ code: "resource_missing", param: "card[token]" });
  });
});

describe("given the same card twice", () => {
  it("both have the fingerprint of its number, and another card has another one", async () => {
    const { stripe, emulator } = await givenAnEmulator();
    const typed = async (number: string) => {
      const body = `type=card&card[number]=${number}&card[exp_month]=1&card[exp_year]=2035`;
      const { body: made } = await rawCall(emulator, "POST", "/v1/payment_methods", {
        ...{ body, headers: browser },
      });
      return (await stripe.paymentMethods.retrieve(String(made.id))).card?.fingerprint;
    };
    const visa = await typed("4242424242424242");
    expect(await typed("4242 4242 4242 4242")).toBe(visa);
    expect((await stripe.paymentMethods.retrieve("pm_card_visa")).card?.fingerprint).toBe(visa);
    expect(await typed("5555555555554444")).not.toBe(visa);
  });

  it("all test cards have different ones", async () => {
    const { stripe } = await givenAnEmulator();
    const cards = [...TEST_CARDS, ...COUNTRY_CARDS];
    const methods = await Promise.all(cards.map(({ name }) => stripe.paymentMethods.retrieve(name)));
    expect(new Set(methods.map(({ card }) => card?.fingerprint)).size).toBe(cards.length);
    expect(methods.every(({ card }, index) => card?.country === (cards[index]?.country ?? "US"))).toBe(true);
  });
});

describe("given a payment method that is not a card", () => {
  it("a bank account shows its last digits, and never its number", async () => {
    const { stripe, control } = await givenAnEmulator();
    const method = await stripe.paymentMethods.create({
      type: "us_bank_account",
      us_bank_account: { account_number: "000222222227", routing_number: "110000000" },
      billing_details: { name: "Ada" },
    });
    expect(method).toMatchObject({
      type: "us_bank_account",
      us_bank_account: { last4: "2227", routing_number: "110000000", account_type: "checking" },
      billing_details: { name: "Ada" },
    });
    expect(method).not.toHaveProperty("card");
    expect(JSON.stringify((await control("state")).body)).not.toContain("000222222227");
  });

  it.each([
    [
      "type=sepa_debit&sepa_debit[iban]=DE89370400440532013001",
      "invalid_bank_account_iban",
      "sepa_debit[iban]",
    ],
    ["type=sepa_debit&sepa_debit[iban]=4242", "invalid_bank_account_iban", "sepa_debit[iban]"],
    ["type=sepa_debit", "parameter_missing", "sepa_debit"],
    ["type=sepa_debit&sepa_debit[bic]=X", "parameter_unknown", "sepa_debit[bic]"],
    [
      "type=us_bank_account&us_bank_account[routing_number]=110000000",
      "parameter_missing",
      "us_bank_account[account_number]",
    ],
    [
      "type=us_bank_account&us_bank_account[account_number]=12ab34&us_bank_account[routing_number]=110000000",
      undefined,
      "us_bank_account[account_number]",
    ],
    [
      "type=us_bank_account&us_bank_account[account_number]=123456&us_bank_account[routing_number]=11",
      undefined,
      "us_bank_account[routing_number]",
    ],
    ["type=card&sepa_debit[iban]=DE89370400440532013000", "parameter_unknown", "sepa_debit"],
    ["type=oxxo&card[token]=tok_visa", "parameter_unknown", "card"],
    ["type=card", "parameter_missing", "card"],
    ["type=card&card[number]=4242424242424242&card[exp_month]=1", "parameter_missing", "card[exp_year]"],
    ["type=cheque", undefined, "type"],
    ["card[token]=tok_visa", "parameter_missing", "type"],
    ["type=card&card[token]=tok_visa&customer=cus_1", "parameter_not_emulated", "customer"],
    ["type=card&card[token]=tok_visa&allow_redisplay=sometimes", undefined, "allow_redisplay"],
    ["type=link&billing_details[email]=ada", "email_invalid", "billing_details[email]"],
  ])("%s is refused with %s at %s", async (body, code, param) => {
    const { emulator } = await givenAnEmulator();
    const response = await rawCall(emulator, "POST", "/v1/payment_methods", { body });
    expect(response.status).toBe(400);
    expect(response.body.error).toMatchObject({ type: "invalid_request_error", param });
    expect(response.body.error?.code).toBe(code);
  });

  it("one that pays only once cannot be kept, set up or saved by a payment", async () => {
    const { stripe } = await givenAnEmulator();
    const { id: customer } = await stripe.customers.create();
    const { id: payment_method } = await stripe.paymentMethods.create({ type: "oxxo" });
    for (const call of [
      stripe.paymentMethods.attach(payment_method, { customer }),
      stripe.setupIntents.create({ confirm: true, payment_method, customer }),
      stripe.paymentIntents.create({
        ...{ amount: 2000, currency: "mxn", customer, payment_method },
        setup_future_usage: "off_session",
      }),
    ]) {
      expect(await errorOf(call)).toMatchObject({ statusCode: 400, type: "StripeInvalidRequestError" });
    }
  });

  it("an intent can allow some types and exclude others", async () => {
    const { stripe } = await givenAnEmulator();
    const payment = { amount: 2000, currency: "eur" };
    const only = await stripe.paymentIntents.create({
      ...payment,
      allowed_payment_method_types: ["sepa_debit", "link"],
    });
    expect(only.payment_method_types).toEqual(["sepa_debit", "link"]);
    const without = await stripe.paymentIntents.create({
      ...payment,
      excluded_payment_method_types: ["card"],
    });
    for (const { id } of [only, without]) {
      const call = stripe.paymentIntents.update(id, { payment_method: "pm_card_visa" });
      expect(await errorOf(call)).toMatchObject({ param: "payment_method" });
      const update = await stripe.paymentIntents.update(id, { payment_method: "pm_success_de" });
      expect(update.status).toBe("requires_confirmation");
    }
  });
});

describe("given the payment methods of a customer", () => {
  it("they are listed by type and by whether they may be shown again", async () => {
    const { stripe } = await givenAnEmulator();
    const { id: customer } = await stripe.customers.create();
    const shown = await stripe.paymentMethods.create({
      ...{ type: "card", card: { token: "tok_visa" }, allow_redisplay: "always" },
    });
    for (const id of [shown.id, "pm_card_mastercard", "pm_success_de"]) {
      await stripe.paymentMethods.attach(id, { customer });
    }
    const types = async (filter: object) =>
      (await stripe.customers.listPaymentMethods(customer, filter)).data.map((method) => method.type);
    expect(await types({})).toEqual(["sepa_debit", "card", "card"]);
    expect(await types({ type: "card" })).toEqual(["card", "card"]);
    expect(await types({ type: "link" })).toEqual([]);
    expect(await types({ allow_redisplay: "always" })).toEqual(["card"]);
    expect((await stripe.paymentMethods.list({ customer, type: "sepa_debit" })).data).toHaveLength(1);
    expect(await stripe.customers.retrievePaymentMethod(customer, shown.id)).toMatchObject({ id: shown.id });
    const { id: other } = await stripe.customers.create();
    const foreign = await errorOf(stripe.customers.retrievePaymentMethod(other, shown.id));
    expect(foreign).toMatchObject({ statusCode: 404, code: "resource_missing" });
    const nobody = await errorOf(stripe.paymentMethods.list({ customer: "cus_none" }));
    expect(nobody).toMatchObject({ statusCode: 400, param: "customer" });
  });

  it("one that is detached is no longer the default, and can be kept by no other customer at the same time", async () => {
    const { stripe } = await givenAnEmulator();
    const { id: customer } = await stripe.customers.create();
    const { id } = await stripe.paymentMethods.attach("pm_card_visa", { customer });
    await stripe.customers.update(customer, { invoice_settings: { default_payment_method: id } });
    const { id: other } = await stripe.customers.create();
    expect((await errorOf(stripe.paymentMethods.attach(id, { customer: other }))).statusCode).toBe(400);
    await stripe.paymentMethods.detach(id);
    const after = await stripe.customers.retrieve(customer);
    expect(after).toMatchObject({ invoice_settings: { default_payment_method: null } });
    expect((await errorOf(stripe.paymentMethods.detach(id))).message).toContain("not attached");
  });

  it("an update changes only what belongs to the type", async () => {
    const { stripe } = await givenAnEmulator();
    const { id: customer } = await stripe.customers.create();
    const { id } = await stripe.paymentMethods.attach("pm_usBankAccount_success", { customer });
    const updated = await stripe.paymentMethods.update(id, {
      us_bank_account: { account_holder_type: "company" },
      billing_details: { name: "Shop", address: "" },
      metadata: { a: "1" },
    });
    expect(updated).toMatchObject({
      us_bank_account: { account_holder_type: "company", last4: "6789" },
      billing_details: { name: "Shop", address: { line1: null } },
      metadata: { a: "1" },
    });
    const call = stripe.paymentMethods.update(id, { card: { exp_month: 1 } });
    expect(await errorOf(call)).toMatchObject({ param: "card" });
    const [event] = (await stripe.events.list({ type: "payment_method.updated" })).data;
    expect(event?.data.previous_attributes).toMatchObject({ metadata: {} });
  });
});

describe("given options for one type of payment method", () => {
  it.each([
    ["pm_success_de", { sepa_debit: { setup_future_usage: "off_session" } }, true],
    ["pm_card_visa", { card: { setup_future_usage: "off_session" } }, true],
    ["pm_card_visa", { sepa_debit: { setup_future_usage: "off_session" } }, false],
    ["pm_card_visa", { card: { setup_future_usage: "none" } }, false],
  ] as const)("%s, paid with %j, is saved: %s", async (payment_method, payment_method_options, isSaved) => {
    const { stripe } = await givenAnEmulator();
    const { id: customer } = await stripe.customers.create();
    const intent = await stripe.paymentIntents.create({
      ...{ amount: 2000, currency: "eur", customer, payment_method, payment_method_options },
      ...{ confirm: true, return_url: "https://shop.example/" },
    });
    expect(intent.payment_method_options).toMatchObject(payment_method_options);
    expect((await stripe.customers.listPaymentMethods(customer)).data).toHaveLength(isSaved ? 1 : 0);
  });

  it("an empty value unsets an option", async () => {
    const { stripe } = await givenAnEmulator();
    const { id } = await stripe.paymentIntents.create({
      ...{ amount: 2000, currency: "usd" },
      payment_method_options: { card: { capture_method: "manual", request_three_d_secure: "any" } },
    });
    const { payment_method_options: options } = await stripe.paymentIntents.update(id, {
      payment_method_options: { card: { capture_method: "" } },
    });
    expect(options?.card).toMatchObject({ request_three_d_secure: "any", network: null });
    expect(options?.card).not.toHaveProperty("capture_method");
  });
});
