/** Payments from bank accounts: debits that the bank decides later, accounts that are verified first, and bank transfers. */
import { describe, expect, it } from "@jest/globals";
import { errorOf, givenAnEmulator } from "./running-emulator.ts";

const account = { account_number: "000123456789", routing_number: "110000000" };
const confirmed = { confirm: true, return_url: "https://shop.example/" } as const;

describe("given a debit of a bank account", () => {
  it.each([
    ["pm_usBankAccount_success", "succeeded", undefined],
    ["pm_success_de", "succeeded", undefined],
    ["pm_usBankAccount_insufficientFunds", "requires_payment_method", "insufficient_funds"],
    ["pm_usBankAccount_accountClosed", "requires_payment_method", "account_closed"],
    ["pm_failed_at", "requires_payment_method", "refer_to_customer"],
    ["pm_usBankAccount_processing", "processing", undefined],
  ])("%s is processed first, and %s a minute later, with the error %s", async (method, status, code) => {
    const { stripe, control, eventTypes } = await givenAnEmulator({ now: () => 1_900_000_000 });
    const intent = await stripe.paymentIntents.create({
      ...{ amount: 2000, currency: "eur", payment_method: method, expand: ["latest_charge"] },
      ...confirmed,
    });
    expect(intent).toMatchObject({
      ...{ status: "processing", amount_received: 0, next_action: null },
      latest_charge: { status: "pending", paid: false, balance_transaction: null, amount_captured: 0 },
    });
    const before = await eventTypes();
    expect(before).toEqual(["payment_intent.created", "charge.pending", "payment_intent.processing"]);
    const refusals = [
      stripe.paymentIntents.cancel(intent.id),
      stripe.refunds.create({ payment_intent: intent.id }),
    ];
    for (const call of refusals) expect((await errorOf(call)).statusCode).toBe(400);
    await control("clock", { advance: 59 });
    expect(await eventTypes()).toEqual(before);
    await control("clock", { advance: 1 });
    const after = await stripe.paymentIntents.retrieve(intent.id, { expand: ["latest_charge"] });
    expect(after.status).toBe(status);
    expect(after.last_payment_error?.code).toBe(code);
    const ends: Record<string, string[]> = {
      succeeded: ["charge.succeeded", "payment_intent.succeeded"],
      requires_payment_method: ["charge.failed", "payment_intent.payment_failed"],
      processing: [],
    };
    expect((await eventTypes()).slice(before.length)).toEqual(ends[status]);
    const received = status === "succeeded" ? 2000 : 0;
    expect(after).toMatchObject({ amount_received: received, latest_charge: { amount_captured: received } });
  });

  it("a later one takes three minutes, and one is disputed after it was paid", async () => {
    const { stripe, control } = await givenAnEmulator({ now: () => 1_900_000_000 });
    const ids: string[] = [];
    for (const payment_method of ["pm_successDelayed_at", "pm_disputed_de"]) {
      const payment = { amount: 2000, currency: "eur", payment_method, ...confirmed };
      ids.push((await stripe.paymentIntents.create(payment)).id);
    }
    await control("clock", { advance: 179 });
    const statuses = async () =>
      Promise.all(ids.map(async (id) => (await stripe.paymentIntents.retrieve(id)).status));
    expect(await statuses()).toEqual(["processing", "succeeded"]);
    expect((await stripe.disputes.list()).data).toMatchObject([{ reason: "debit_not_authorized" }]);
    await control("clock", { advance: 1 });
    expect(await statuses()).toEqual(["succeeded", "succeeded"]);
  });

  it.each([
    ["paid", 200, "succeeded"],
    ["failed", 402, "requires_payment_method"],
    ["expired", 400, "processing"],
  ])("settled as %s by the control interface, it returns %s and is %s", async (outcome, status, after) => {
    const { stripe, control } = await givenAnEmulator({ now: () => 1_900_000_000 });
    const { id } = await stripe.paymentIntents.create({
      ...{ amount: 2000, currency: "usd", payment_method: "pm_usBankAccount_processing", ...confirmed },
    });
    expect((await control("settle", { paymentIntent: id, outcome })).status).toBe(status);
    expect((await stripe.paymentIntents.retrieve(id)).status).toBe(after);
  });
});

describe("given a bank account that was typed in", () => {
  const bank = { type: "us_bank_account", us_bank_account: account } as const;

  it.each([
    ["its code", { descriptor_code: "SM11AA" }],
    ["the two amounts, in any order", { amounts: [45, 32] }],
  ])("it is verified with %s, and then debited without another proof", async (_what, proof) => {
    const { stripe } = await givenAnEmulator();
    const { id: customer } = await stripe.customers.create();
    const payment = { amount: 2000, currency: "usd", customer };
    const waiting = await stripe.paymentIntents.create({
      ...{ ...payment, payment_method_data: bank, setup_future_usage: "off_session" },
      ...confirmed,
    });
    expect(waiting).toMatchObject({
      status: "requires_action",
      next_action: { type: "verify_with_microdeposits" },
    });
    const verified = await stripe.paymentIntents.verifyMicrodeposits(waiting.id, proof);
    expect(verified.status).toBe("processing");
    const payment_method = String(verified.payment_method);
    const next = await stripe.paymentIntents.create({ ...payment, payment_method, ...confirmed });
    expect(next.status).toBe("processing");
  });

  it("a setup intent verifies it, and has a mandate", async () => {
    const { stripe, eventTypes } = await givenAnEmulator();
    const { id: customer } = await stripe.customers.create();
    const { id } = await stripe.setupIntents.create({ customer, confirm: true, payment_method_data: bank });
    const saved = await stripe.setupIntents.verifyMicrodeposits(id, { amounts: [32, 45] });
    expect(saved.status).toBe("succeeded");
    const mandate = await stripe.mandates.retrieve(String(saved.mandate));
    expect(mandate).toMatchObject({ status: "active", payment_method: saved.payment_method });
    expect(await eventTypes()).toEqual([
      ...["customer.created", "setup_intent.created", "setup_intent.requires_action"],
      ...["payment_method.attached", "setup_intent.succeeded"],
    ]);
  });

  it.each([
    [{ amounts: [1, 2] }, 400, "payment_method_microdeposit_verification_amounts_mismatch"],
    [{ descriptor_code: "SM12BB" }, 400, "payment_method_microdeposit_verification_descriptor_code_mismatch"],
    [{ amounts: [32, 45], descriptor_code: "SM11AA" }, 400, "parameter_missing"],
    [{}, 400, "parameter_missing"],
    [{ amounts: [10, 11] }, 402, "payment_method_microdeposit_verification_attempts_exceeded"],
  ])("%j is refused with %s %s", async (proof, status, code) => {
    const { stripe } = await givenAnEmulator();
    const payment = await stripe.paymentIntents.create({
      ...{ amount: 2000, currency: "usd", payment_method_data: bank, ...confirmed },
    });
    const setup = await stripe.setupIntents.create({ confirm: true, payment_method_data: bank });
    for (const call of [
      stripe.paymentIntents.verifyMicrodeposits(payment.id, proof),
      stripe.setupIntents.verifyMicrodeposits(setup.id, proof),
    ]) {
      expect(await errorOf(call)).toMatchObject({ statusCode: status, code });
    }
    const { status: after } = await stripe.paymentIntents.retrieve(payment.id);
    expect(after).toBe(status === 400 ? "requires_action" : "requires_payment_method");
  });

  it("an intent that waits for something else cannot be verified", async () => {
    const { stripe } = await givenAnEmulator();
    const { id } = await stripe.paymentIntents.create({
      ...{ amount: 2000, currency: "usd", payment_method: "pm_card_authenticationRequired", ...confirmed },
    });
    expect(
      (await errorOf(stripe.paymentIntents.verifyMicrodeposits(id, { amounts: [32, 45] }))).statusCode,
    ).toBe(400);
  });
});

describe("given a payment on the bank's page", () => {
  it.each([
    ["complete", "succeeded", "ideal"],
    ["fail", "requires_payment_method", "ideal"],
    ["complete", "succeeded", "cashapp"],
  ])("the choice %s makes it %s with %s", async (outcome, status, type) => {
    const { stripe, eventTypes } = await givenAnEmulator();
    const { id, next_action: action } = await stripe.paymentIntents.create({
      ...{ amount: 2000, currency: "eur", payment_method_data: { type }, ...confirmed },
    });
    const url = String(action?.redirect_to_url?.url);
    const page = await fetch(url, { method: "POST", body: `outcome=${outcome}`, redirect: "manual" });
    expect(new URL(String(page.headers.get("location"))).searchParams.get("payment_intent")).toBe(id);
    expect(await stripe.paymentIntents.retrieve(id, { expand: ["latest_charge"] })).toMatchObject({
      status,
      latest_charge: status === "succeeded" ? { payment_method_details: { type } } : null,
    });
    expect((await eventTypes()).at(-1)).toBe(
      status === "succeeded" ? "payment_intent.succeeded" : "payment_intent.payment_failed",
    );
  });
});

describe("given a customer who pays by bank transfer", () => {
  const transfer = { type: "customer_balance" } as const;

  it("what was sent before pays at once, and what is missing is waited for", async () => {
    const { stripe } = await givenAnEmulator();
    const { id: customer } = await stripe.customers.create();
    const fund = (amount: number) =>
      stripe.testHelpers.customers.fundCashBalance(customer, { amount, currency: "usd" });
    const pay = (amount: number) =>
      stripe.paymentIntents.create({
        ...{ amount, currency: "usd", customer, payment_method_data: transfer, ...confirmed },
      });
    const left = async () => (await stripe.customers.retrieveCashBalance(customer)).available;
    expect(await left()).toBeNull();
    expect(await fund(3000)).toMatchObject({ type: "funded", net_amount: 3000, ending_balance: 3000 });
    expect((await pay(2000)).status).toBe("succeeded");
    expect(await left()).toEqual({ usd: 1000 });
    const waiting = await pay(2500);
    expect(waiting).toMatchObject({
      ...{ status: "requires_action", amount_received: 0 },
      next_action: { display_bank_transfer_instructions: { amount_remaining: 1500 } },
    });
    expect(await left()).toEqual({ usd: 0 });
    await fund(2000);
    expect((await stripe.paymentIntents.retrieve(waiting.id)).status).toBe("succeeded");
    expect(await left()).toEqual({ usd: 500 });
    const [last] = (await stripe.customers.listCashBalanceTransactions(customer)).data;
    expect(last).toMatchObject({ type: "applied_to_payment", net_amount: -1500, ending_balance: 500 });
    const one = await stripe.customers.retrieveCashBalanceTransaction(customer, String(last?.id));
    expect(one.applied_to_payment).toEqual({ payment_intent: waiting.id });
  });

  it("a payment that is canceled returns what was sent towards it", async () => {
    const { stripe } = await givenAnEmulator();
    const { id: customer } = await stripe.customers.create();
    await stripe.testHelpers.customers.fundCashBalance(customer, { amount: 700, currency: "usd" });
    const { id } = await stripe.paymentIntents.create({
      ...{ amount: 2000, currency: "usd", customer, payment_method_data: transfer, ...confirmed },
    });
    await stripe.paymentIntents.cancel(id);
    expect((await stripe.customers.retrieveCashBalance(customer)).available).toEqual({ usd: 700 });
  });

  it("it needs a customer", async () => {
    const { stripe } = await givenAnEmulator();
    const call = stripe.paymentIntents.create({
      ...{ amount: 2000, currency: "usd", payment_method_data: transfer, ...confirmed },
    });
    expect(await errorOf(call)).toMatchObject({ param: "customer" });
  });
});
