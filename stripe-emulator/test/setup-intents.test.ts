/** Saving a payment method for later payments: the states of a setup intent and what each event reports. */
import { describe, expect, it } from "@jest/globals";
import { errorOf, givenAnEmulator, rawCall } from "./running-emulator.ts";

const automatic_payment_methods = { enabled: true, allow_redirects: "never" } as const;
const finish = (url: unknown, outcome: string) =>
  fetch(String(url), { method: "POST", body: `outcome=${outcome}`, redirect: "manual" });

describe("given a new setup intent", () => {
  it("it waits for a payment method, and is meant for payments without the customer", async () => {
    const { stripe, eventTypes } = await givenAnEmulator({ now: () => 1_900_000_000 });
    const intent = await stripe.setupIntents.create({ description: "Card", metadata: { shop: "1" } });
    expect(intent).toMatchObject({
      object: "setup_intent",
      status: "requires_payment_method",
      created: 1_900_000_000,
      usage: "off_session",
      description: "Card",
      metadata: { shop: "1" },
      next_action: null,
      automatic_payment_methods: { enabled: true, allow_redirects: "always" },
    });
    expect(intent.client_secret?.startsWith(`${intent.id}_secret_`)).toBe(true);
    expect(await eventTypes()).toEqual(["setup_intent.created"]);
  });

  it("confirming it saves the method for the customer", async () => {
    const { stripe, eventTypes } = await givenAnEmulator();
    const customer = await stripe.customers.create();
    const intent = await stripe.setupIntents.create({
      customer: customer.id,
      usage: "on_session",
      payment_method: "pm_card_visa",
    });
    expect(intent.status).toBe("requires_confirmation");
    const done = await stripe.setupIntents.confirm(intent.id, {
      expand: ["payment_method", "latest_attempt"],
    });
    expect(done).toMatchObject({
      status: "succeeded",
      usage: "on_session",
      payment_method: { customer: customer.id, card: { last4: "4242" } },
      latest_attempt: { status: "succeeded", usage: "on_session", setup_intent: intent.id },
    });
    expect((await stripe.customers.listPaymentMethods(customer.id)).data).toHaveLength(1);
    expect(await eventTypes()).toEqual([
      ...["customer.created", "setup_intent.created", "payment_method.attached", "setup_intent.succeeded"],
    ]);
  });

  it("it is changed by an update, and found in lists by its customer and its method", async () => {
    const { stripe } = await givenAnEmulator();
    const customer = await stripe.customers.create();
    const { id } = await stripe.setupIntents.create({ description: "Old", metadata: { a: "1" } });
    const { id: other } = await stripe.setupIntents.create();
    const updated = await stripe.setupIntents.update(id, {
      customer: customer.id,
      description: "New",
      metadata: { a: "", b: "2" },
      payment_method: "pm_card_visa",
    });
    expect(updated).toMatchObject({ description: "New", status: "requires_confirmation" });
    expect(updated.metadata).toEqual({ b: "2" });
    const ids = async (filter: object) => (await stripe.setupIntents.list(filter)).data.map((one) => one.id);
    expect(await ids({})).toEqual([other, id]);
    expect(await ids({ customer: customer.id })).toEqual([id]);
    expect(await ids({ payment_method: String(updated.payment_method) })).toEqual([id]);
    expect(await ids({ created: { lt: 1 } })).toEqual([]);
  });

  it.each(["requires_payment_method", "requires_confirmation", "requires_action"])(
    "it can be canceled while its status is %s, and then nothing can be done with it",
    async (status) => {
      const { stripe, eventTypes } = await givenAnEmulator();
      const { id } = await stripe.setupIntents.create();
      const payment_method = "pm_card_authenticationRequired";
      if (status !== "requires_payment_method") await stripe.setupIntents.update(id, { payment_method });
      if (status === "requires_action") await stripe.setupIntents.confirm(id);
      expect((await stripe.setupIntents.retrieve(id)).status).toBe(status);
      const canceled = await stripe.setupIntents.cancel(id, { cancellation_reason: "duplicate" });
      expect(canceled).toMatchObject({ status: "canceled", cancellation_reason: "duplicate" });
      const before = await eventTypes();
      expect(before.at(-1)).toBe("setup_intent.canceled");
      for (const call of [
        stripe.setupIntents.confirm(id, { payment_method: "pm_card_visa" }),
        stripe.setupIntents.confirm(id),
        stripe.setupIntents.cancel(id),
        stripe.setupIntents.update(id, { payment_method: "pm_card_visa" }),
      ]) {
        expect(await errorOf(call)).toMatchObject({ statusCode: 400, code: "setup_intent_unexpected_state" });
      }
      expect(await eventTypes()).toEqual(before);
    },
  );

  it.each([
    ["usage=forever", undefined, "usage"],
    ["customer=cus_none", "resource_missing", "customer"],
    ["payment_method=pm_none", "resource_missing", "payment_method"],
    ["confirm=true", "setup_intent_unexpected_state", "payment_method"],
    ["return_url=https://shop.example", undefined, "return_url"],
    ["amount=2000", "parameter_unknown", "amount"],
    ["single_use[amount]=1", "parameter_not_emulated", "single_use"],
    ["payment_method_types[]=card", "parameter_unknown", "payment_method_types"],
  ])("the input %s is refused with %s at %s", async (body, code, param) => {
    const { emulator, eventTypes } = await givenAnEmulator();
    const response = await rawCall(emulator, "POST", "/v1/setup_intents", { body });
    expect(response.status).toBe(400);
    expect(response.body.error).toMatchObject({ type: "invalid_request_error", param });
    expect(response.body.error?.code).toBe(code);
    expect(await eventTypes()).toEqual([]);
  });

  it("a method of another customer is refused", async () => {
    const { stripe } = await givenAnEmulator();
    const owner = await stripe.customers.create({ payment_method: "pm_card_visa" });
    const [method] = (await stripe.customers.listPaymentMethods(owner.id)).data;
    const { id } = await stripe.setupIntents.create({
      customer: (await stripe.customers.create()).id,
      payment_method: String(method?.id),
    });
    expect(await errorOf(stripe.setupIntents.confirm(id))).toMatchObject({ param: "payment_method" });
  });
});

describe("given a card that is declined when it is set up", () => {
  it("the failed attempt is reported, and another card can be saved", async () => {
    const { stripe, eventTypes } = await givenAnEmulator();
    const { id } = await stripe.setupIntents.create();
    const error = await errorOf(
      stripe.setupIntents.confirm(id, { payment_method: "pm_card_visa_chargeDeclinedInsufficientFunds" }),
    );
    expect(error).toMatchObject({
      type: "StripeCardError",
      statusCode: 402,
      code: "card_declined",
      decline_code: "insufficient_funds",
      setup_intent: { id, status: "requires_payment_method" },
    });
    expect(await stripe.setupIntents.retrieve(id, { expand: ["latest_attempt"] })).toMatchObject({
      payment_method: null,
      last_setup_error: { type: "card_error", code: "card_declined", decline_code: "insufficient_funds" },
      latest_attempt: { status: "failed", setup_error: { decline_code: "insufficient_funds" } },
    });
    const saved = await stripe.setupIntents.confirm(id, { payment_method: "pm_card_visa" });
    expect(saved).toMatchObject({ status: "succeeded", last_setup_error: null });
    expect(await eventTypes()).toEqual([
      ...["setup_intent.created", "setup_intent.setup_failed", "setup_intent.succeeded"],
    ]);
    const attempts = await stripe.setupAttempts.list({ setup_intent: id });
    expect(attempts.data.map(({ status }) => status)).toEqual(["succeeded", "failed"]);
  });

  it("one that only declines payments is saved", async () => {
    const { stripe } = await givenAnEmulator();
    const { id } = await stripe.setupIntents.create({ payment_method: "pm_card_chargeCustomerFail" });
    expect((await stripe.setupIntents.confirm(id)).status).toBe("succeeded");
  });
});

describe("given a card whose bank asks for authentication", () => {
  it("the customer is sent to the bank, and back with the result", async () => {
    const { stripe, emulator, eventTypes } = await givenAnEmulator();
    const customer = await stripe.customers.create();
    const intent = await stripe.setupIntents.create({
      customer: customer.id,
      payment_method: "pm_card_authenticationRequiredOnSetup",
      confirm: true,
      return_url: "https://shop.example/saved?order=7",
    });
    const url = `${emulator.url}/_emulator/3ds/${intent.id}`;
    expect(intent).toMatchObject({
      status: "requires_action",
      next_action: { type: "redirect_to_url", redirect_to_url: { url } },
    });
    expect(await (await fetch(url)).text()).toContain("saved for later payments");
    const back = new URL(String((await finish(url, "complete")).headers.get("location")));
    expect(Object.fromEntries(back.searchParams)).toEqual({
      order: "7",
      setup_intent: intent.id,
      setup_intent_client_secret: intent.client_secret,
      redirect_status: "succeeded",
    });
    expect(await eventTypes()).toEqual([
      ...["customer.created", "setup_intent.created", "setup_intent.requires_action"],
      ...["payment_method.attached", "setup_intent.succeeded"],
    ]);
    const done = await stripe.setupIntents.retrieve(intent.id, { expand: ["latest_attempt"] });
    expect(done).toMatchObject({
      status: "succeeded",
      next_action: null,
      latest_attempt: { payment_method_details: { card: { three_d_secure: { result: "authenticated" } } } },
    });
    const paid = await stripe.paymentIntents.create({
      ...{ amount: 2000, currency: "usd", confirm: true, off_session: true, automatic_payment_methods },
      ...{ customer: customer.id, payment_method: String(done.payment_method) },
    });
    expect(paid.status).toBe("succeeded");
  });

  it("a failed authentication saves nothing", async () => {
    const { stripe, eventTypes } = await givenAnEmulator();
    const customer = await stripe.customers.create();
    const { id, next_action } = await stripe.setupIntents.create({
      customer: customer.id,
      payment_method: "pm_card_threeDSecure2Required",
      confirm: true,
    });
    expect((await finish(next_action?.redirect_to_url?.url, "fail")).status).toBe(200);
    expect(await stripe.setupIntents.retrieve(id)).toMatchObject({
      status: "requires_payment_method",
      payment_method: null,
      last_setup_error: { code: "setup_intent_authentication_failure", type: "invalid_request_error" },
    });
    expect((await stripe.customers.listPaymentMethods(customer.id)).data).toEqual([]);
    expect((await eventTypes()).at(-1)).toBe("setup_intent.setup_failed");
  });

  it("a card that is declined afterwards is not saved", async () => {
    const { stripe } = await givenAnEmulator();
    const { id, next_action } = await stripe.setupIntents.create({
      payment_method: "pm_card_threeDSecureRequiredChargeDeclined",
      confirm: true,
    });
    await finish(next_action?.redirect_to_url?.url, "complete");
    expect(await stripe.setupIntents.retrieve(id)).toMatchObject({
      status: "requires_payment_method",
      last_setup_error: { code: "card_declined" },
    });
  });
});

describe("given a browser with a publishable key", () => {
  const headers = { authorization: "Bearer pk_test_local" };
  const card = "payment_method_data[type]=card&payment_method_data[card][exp_month]=12";
  const form = (number: string) =>
    `${card}&payment_method_data[card][exp_year]=2099&payment_method_data[card][number]=${number}`;

  it("it saves a card that was typed in, and sees only the public part of the intent", async () => {
    const { stripe, emulator } = await givenAnEmulator();
    const { id, client_secret: secret } = await stripe.setupIntents.create({ metadata: { internal: "yes" } });
    const path = `/v1/setup_intents/${id}`;
    expect((await rawCall(emulator, "GET", path, { headers })).status).toBe(400);
    expect((await rawCall(emulator, "GET", `${path}?client_secret=x`, { headers })).status).toBe(404);
    const seen = await rawCall(emulator, "GET", `${path}?client_secret=${secret}`, { headers });
    expect(seen.body).toMatchObject({ id, status: "requires_payment_method" });
    expect(seen.body).not.toHaveProperty("metadata");
    const confirm = (number: string) => {
      const body = `client_secret=${secret}&${form(number)}`;
      return rawCall(emulator, "POST", `${path}/confirm`, { headers, body });
    };
    const declined = await confirm("4000000000000002");
    expect(declined).toMatchObject({ status: 402, body: { error: { decline_code: "generic_decline" } } });
    expect(declined.body.error?.setup_intent).not.toHaveProperty("metadata");
    expect(await confirm("4242424242424242")).toMatchObject({ status: 200, body: { status: "succeeded" } });
  });

  it("the control interface saves a card as the customer would", async () => {
    const { stripe, control } = await givenAnEmulator();
    const customer = await stripe.customers.create();
    const { id } = await stripe.setupIntents.create({ customer: customer.id });
    const declined = await control("setup", { setupIntent: id, card: "4000 0000 0000 0002" });
    expect(declined).toMatchObject({ status: 402, body: { error: { code: "card_declined" } } });
    const saved = await control("setup", { setupIntent: id, card: "4242424242424242" });
    expect(saved).toMatchObject({ status: 200, body: { status: "succeeded", customer: customer.id } });
  });
});

describe("given a subscription that begins with a trial and without a card", () => {
  it("it waits for a card with a setup intent, and pays with the saved card after the trial", async () => {
    const { stripe, eventTypes } = await givenAnEmulator();
    const customer = (await stripe.customers.create()).id;
    const product = (await stripe.products.create({ name: "Pro" })).id;
    const price = { currency: "usd", unit_amount: 1200, recurring: { interval: "month" as const }, product };
    const created = await stripe.subscriptions.create({
      customer,
      items: [{ price: (await stripe.prices.create(price)).id }],
      payment_behavior: "default_incomplete",
      payment_settings: { save_default_payment_method: "on_subscription" },
      trial_period_days: 7,
      expand: ["pending_setup_intent"],
    });
    const setup = created.pending_setup_intent;
    if (setup === null || typeof setup === "string") throw new Error("The setup intent was not expanded");
    expect(setup).toMatchObject({ status: "requires_payment_method", customer, usage: "off_session" });
    const before = (await eventTypes()).length;
    const { payment_method: card } = await stripe.setupIntents.confirm(setup.id, {
      payment_method: "pm_card_visa",
    });
    expect(await stripe.subscriptions.retrieve(created.id)).toMatchObject({
      status: "trialing",
      pending_setup_intent: null,
      default_payment_method: card,
    });
    expect((await eventTypes()).slice(before)).toEqual([
      "payment_method.attached",
      "setup_intent.succeeded",
      "customer.subscription.updated",
    ]);
  });

  it("a subscription that has a card, or that is paid at once, has none", async () => {
    const { stripe } = await givenAnEmulator();
    const customer = (await stripe.customers.create()).id;
    const { id: card } = await stripe.paymentMethods.attach("pm_card_visa", { customer });
    const product = (await stripe.products.create({ name: "Pro" })).id;
    const price = { currency: "usd", unit_amount: 1200, recurring: { interval: "month" as const }, product };
    const items = [{ price: (await stripe.prices.create(price)).id }];
    const payment_behavior = "default_incomplete";
    for (const given of [{ trial_period_days: 7, default_payment_method: card }, {}]) {
      const created = await stripe.subscriptions.create({ customer, items, payment_behavior, ...given });
      expect(created.pending_setup_intent).toBeNull();
    }
  });
});
