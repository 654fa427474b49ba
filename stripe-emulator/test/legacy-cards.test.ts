/** Sources of customers and charges without an intent: the API before payment intents, which still works. */
import { describe, expect, it } from "@jest/globals";
import { errorOf, givenAnEmulator, rawCall } from "./running-emulator.ts";

describe("given a customer with a source", () => {
  it("its card is the default source, and pays charges, intents and subscriptions", async () => {
    const { stripe, eventTypes } = await givenAnEmulator();
    const customer = await stripe.customers.create({
      source: "tok_visa",
      expand: ["default_source", "sources"],
    });
    expect(customer).toMatchObject({
      default_source: { object: "card", brand: "Visa", last4: "4242", customer: customer.id },
      sources: { object: "list", data: [{ object: "card", last4: "4242" }] },
    });
    expect(await eventTypes()).toEqual(["customer.source.created", "customer.created"]);
    const charge = await stripe.charges.create({ amount: 700, currency: "usd", customer: customer.id });
    expect(charge).toMatchObject({
      ...{ status: "succeeded", paid: true, captured: true, amount_captured: 700, payment_intent: null },
      source: { object: "card", customer: customer.id, last4: "4242" },
    });
    const [card] = (await stripe.customers.listPaymentMethods(customer.id)).data;
    expect(card?.id).toBe(charge.payment_method);
    const intent = await stripe.paymentIntents.create({
      ...{ amount: 900, currency: "usd", confirm: true, off_session: true },
      ...{ customer: customer.id, payment_method: String(card?.id), return_url: "https://shop.example/" },
    });
    expect(intent.status).toBe("succeeded");
    const { id: price } = await stripe.prices.create({
      ...{ currency: "usd", unit_amount: 500, recurring: { interval: "month" } },
      product_data: { name: "Pro" },
    });
    const subscription = await stripe.subscriptions.create({ customer: customer.id, items: [{ price }] });
    expect(subscription.status).toBe("active");
  });

  it("an update with a new source replaces the default one", async () => {
    const { stripe } = await givenAnEmulator();
    const { id } = await stripe.customers.create({ source: "tok_visa" });
    const updated = await stripe.customers.update(id, {
      source: "tok_mastercard",
      expand: ["default_source"],
    });
    expect(updated.default_source).toMatchObject({ brand: "MasterCard" });
    expect((await stripe.customers.listSources(id)).data).toHaveLength(1);
  });

  it("another one can be added, made the default and deleted", async () => {
    const { stripe } = await givenAnEmulator();
    const { id, default_source: first } = await stripe.customers.create({ source: "tok_visa" });
    const added = await stripe.customers.createSource(id, { source: "tok_amex", metadata: { a: "1" } });
    expect((await stripe.customers.listSources(id, { object: "card" })).data.map((one) => one.id)).toEqual([
      ...[added.id, first],
    ]);
    expect(await stripe.customers.update(id, { default_source: added.id })).toMatchObject({
      default_source: added.id,
    });
    const changed = await stripe.customers.updateSource(id, added.id, { exp_year: "2041", name: "Ada" });
    expect(changed).toMatchObject({ exp_year: 2041, name: "Ada", metadata: { a: "1" } });
    expect(await stripe.customers.retrieveSource(id, added.id)).toMatchObject({ exp_year: 2041 });
    expect(await stripe.customers.deleteSource(id, added.id)).toEqual(
      expect.objectContaining({ id: added.id, object: "card", deleted: true }),
    );
    expect(await stripe.customers.retrieve(id)).toMatchObject({ default_source: first });
    expect((await errorOf(stripe.customers.retrieveSource(id, added.id))).code).toBe("resource_missing");
  });

  it("a card that its issuer refuses is not kept, and no customer is made with it", async () => {
    const { stripe, eventTypes } = await givenAnEmulator();
    const error = await errorOf(stripe.customers.create({ source: "tok_chargeDeclined" }));
    expect(error).toMatchObject({ type: "StripeCardError", statusCode: 402, code: "card_declined" });
    expect(await eventTypes()).toEqual([]);
    expect((await stripe.customers.list()).data).toEqual([]);
    const { id } = await stripe.customers.create();
    expect((await errorOf(stripe.customers.createSource(id, { source: "tok_chargeDeclined" }))).code).toBe(
      "card_declined",
    );
    expect((await stripe.customers.listPaymentMethods(id)).data).toEqual([]);
  });
});

describe("given a charge without an intent", () => {
  it("money that is held can be captured in part once, and the rest is released", async () => {
    const { stripe, eventTypes } = await givenAnEmulator();
    const held = await stripe.charges.create({
      ...{ amount: 2000, currency: "usd", source: "tok_visa", capture: false, description: "Order 7" },
    });
    expect(held).toMatchObject({ captured: false, amount_captured: 0, balance_transaction: null });
    const captured = await stripe.charges.capture(held.id, { amount: 500 });
    expect(captured).toMatchObject({ captured: true, amount_captured: 500, amount_refunded: 1500 });
    expect((await errorOf(stripe.charges.capture(held.id))).code).toBe("charge_already_captured");
    expect(await eventTypes()).toEqual(["charge.succeeded", "charge.captured"]);
    expect((await stripe.balance.retrieve()).available).toMatchObject([{ amount: 500 - 15 - 30 }]);
  });

  it("money that is held can be released by a refund of all of it", async () => {
    const { stripe, eventTypes } = await givenAnEmulator();
    const { id: charge } = await stripe.charges.create({
      ...{ amount: 2000, currency: "usd", source: "tok_visa", capture: false },
    });
    expect((await errorOf(stripe.refunds.create({ charge, amount: 500 }))).param).toBe("amount");
    const refund = await stripe.refunds.create({ charge });
    expect(refund).toMatchObject({ amount: 2000, balance_transaction: null });
    expect(await stripe.charges.retrieve(charge)).toMatchObject({ refunded: true, captured: false });
    expect((await errorOf(stripe.charges.capture(charge))).code).toBe("charge_expired_for_capture");
    expect(await eventTypes()).toEqual(["charge.succeeded", "refund.created", "charge.refunded"]);
  });

  it.each([
    ["tok_chargeDeclinedInsufficientFunds", "card_declined", "insufficient_funds"],
    ["tok_authenticationRequired", "authentication_required", "authentication_required"],
  ])("the card of %s is declined with %s and %s", async (source, code, declineCode) => {
    const { stripe, eventTypes } = await givenAnEmulator();
    const error = await errorOf(stripe.charges.create({ amount: 2000, currency: "usd", source }));
    expect(error).toMatchObject({ type: "StripeCardError", code, decline_code: declineCode });
    expect(await stripe.charges.retrieve(String(error.charge))).toMatchObject({
      status: "failed",
      paid: false,
    });
    expect(await eventTypes()).toEqual(["charge.failed"]);
  });

  it.each([
    ["amount=2000&currency=usd", "parameter_missing", undefined],
    ["amount=2000&source=tok_visa", "parameter_missing", "currency"],
    ["amount=10&currency=usd&source=tok_visa", "amount_too_small", "amount"],
    ["amount=2000&currency=usd&source=tok_none", "resource_missing", "source"],
    ["amount=2000&currency=usd&customer=cus_none", "resource_missing", "customer"],
    [
      "amount=2000&currency=usd&source=tok_visa&destination[account]=acct_1",
      "parameter_not_emulated",
      "destination",
    ],
  ])("%s is refused with %s at %s", async (body, code, param) => {
    const { emulator } = await givenAnEmulator();
    const response = await rawCall(emulator, "POST", "/v1/charges", { body });
    expect(response).toMatchObject({ status: 400, body: { error: { code } } });
    expect(Object(response.body.error).param).toBe(param);
  });

  it("a customer without a card, and the charge of an intent, are refused", async () => {
    const { stripe } = await givenAnEmulator();
    const { id: customer } = await stripe.customers.create();
    const call = stripe.charges.create({ amount: 2000, currency: "usd", customer });
    expect((await errorOf(call)).message).toContain("no active card");
    const intent = await stripe.paymentIntents.create({
      ...{ amount: 2000, currency: "usd", capture_method: "manual", confirm: true },
      ...{ payment_method: "pm_card_visa", return_url: "https://shop.example/" },
    });
    expect((await errorOf(stripe.charges.capture(String(intent.latest_charge)))).param).toBe("charge");
  });
});

describe("given a bank account as a source", () => {
  it("it is charged once it is verified, and the bank decides a minute later", async () => {
    const { stripe, control, eventTypes } = await givenAnEmulator({ now: () => 1_900_000_000 });
    const { id: customer } = await stripe.customers.create();
    const account = await stripe.customers.createSource(customer, { source: "btok_us" });
    expect(account).toMatchObject({ object: "bank_account", status: "new", last4: "6789" });
    const charge = () => stripe.charges.create({ amount: 2000, currency: "usd", customer });
    expect((await errorOf(charge())).code).toBe("bank_account_unverified");
    const verify = (amounts: number[]) => stripe.customers.verifySource(customer, account.id, { amounts });
    expect(await errorOf(verify([1, 2]))).toMatchObject({ param: "amounts" });
    expect((await verify([45, 32])).status).toBe("verified");
    const pending = await charge();
    expect(pending).toMatchObject({ status: "pending", paid: false, source: { object: "bank_account" } });
    await control("clock", { advance: 60 });
    expect(await stripe.charges.retrieve(pending.id)).toMatchObject({
      ...{ status: "succeeded", paid: true, amount_captured: 2000 },
    });
    expect(await eventTypes()).toEqual([
      ...["customer.created", "customer.source.created", "customer.updated", "customer.source.updated"],
      ...["charge.pending", "charge.succeeded"],
    ]);
  });

  it("it can be listed, renamed and deleted", async () => {
    const { stripe } = await givenAnEmulator();
    const { id, default_source: source } = await stripe.customers.create({ source: "btok_us_verified" });
    expect((await stripe.customers.listSources(id, { object: "bank_account" })).data).toHaveLength(1);
    expect((await stripe.customers.listSources(id, { object: "card" })).data).toEqual([]);
    const renamed = await stripe.customers.updateSource(id, String(source), { account_holder_name: "Ada" });
    expect(renamed).toMatchObject({ account_holder_name: "Ada" });
    const deleted = await stripe.customers.deleteSource(id, String(source));
    expect(deleted).toMatchObject({ object: "bank_account", deleted: true });
    expect(await stripe.customers.retrieve(id)).toMatchObject({ default_source: null });
  });
});
