/** Every object of a payment has the fields of its SDK type, down to the last one, whichever way the payment went. */
import { beforeAll, describe, expect, it } from "@jest/globals";
import { startStripeEmulator } from "../index.ts";
import { METHOD_TYPE_NAMES } from "../payments/payment-method-fields.ts";
import { TEST_CARDS } from "../payments/test-cards.ts";
import { type ControlBody, clientOf, rawCall } from "./running-emulator.ts";
import { problemsOf } from "./sdk-types.ts";

const TYPES: readonly [kind: string, file: string, type: string][] = [
  ["bank_account", "BankAccounts", "BankAccount"],
  ["balance_transaction", "BalanceTransactions", "BalanceTransaction"],
  ["card", "Cards", "Card"],
  ["charge", "Charges", "Charge"],
  ["customer", "Customers", "Customer"],
  ["customer_cash_balance_transaction", "CustomerCashBalanceTransactions", "CustomerCashBalanceTransaction"],
  ["dispute", "Disputes", "Dispute"],
  ["mandate", "Mandates", "Mandate"],
  ["payment_intent", "PaymentIntents", "PaymentIntent"],
  ["payment_method", "PaymentMethods", "PaymentMethod"],
  ["radar.early_fraud_warning", "Radar/EarlyFraudWarnings", "EarlyFraudWarning"],
  ["refund", "Refunds", "Refund"],
  ["setup_attempt", "SetupAttempts", "SetupAttempt"],
  ["setup_intent", "SetupIntents", "SetupIntent"],
  ["token", "Tokens", "Token"],
];

/** One card of each behaviour. */
const EACH_BEHAVIOUR = [
  ...new Map(TEST_CARDS.map((card) => [JSON.stringify([card.behaviour, card.risk]), card])).values(),
];

let objects: Record<string, object[]>;

/** Pays, saves and refunds with a test card of each behaviour and with a method of every other kind. */
beforeAll(async () => {
  const emulator = await startStripeEmulator({ port: 0 });
  const post = (path: string, body: string, authorization = "Bearer sk_test_local") =>
    rawCall(emulator, "POST", path, { body, headers: { authorization } });
  try {
    const stripe = clientOf(emulator);
    const { id: customer } = await stripe.customers.create({ source: "tok_visa", name: "Ada" });
    await post(
      "/v1/tokens",
      "card[number]=4242424242424242&card[exp_month]=12&card[exp_year]=34",
      "Bearer pk_test_local",
    );
    for (const { name } of EACH_BEHAVIOUR) {
      const payment = `amount=2000&currency=usd&confirm=true&payment_method=${name}&return_url=https://shop.example/`;
      const { body } = await post("/v1/payment_intents", payment);
      await post("/v1/refunds", `payment_intent=${String(body.id)}&amount=500`);
      await post("/v1/payment_intents", `${payment}&capture_method=manual&off_session=true`);
      await post("/v1/setup_intents", `confirm=true&payment_method=${name}&customer=${customer}`);
      await post("/v1/charges", `amount=700&currency=usd&source=${name.replace("pm_card", "tok")}`);
    }
    await stripe.customers.createSource(customer, { source: "btok_us_verified" });
    await payByEveryType(post, emulator.url, customer);
    await stripe.testHelpers.customers.fundCashBalance(customer, { amount: 1500, currency: "usd" });
    await stripe.testHelpers.customers.fundCashBalance(customer, { amount: 99_000, currency: "usd" });
    await fetch(`${emulator.url}/_emulator/clock`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ advance: 8 * 24 * 60 * 60 }),
    });
    const state: { objects: typeof objects } = JSON.parse(
      await (await fetch(`${emulator.url}/_emulator/state`)).text(),
    );
    objects = state.objects;
  } finally {
    await emulator.close();
  }
});

const ACCOUNT = "account_number";
const DETAILS: Record<string, string> = {
  acss_debit: `acss_debit[${ACCOUNT}]=000123456789&acss_debit[institution_number]=000&acss_debit[transit_number]=11000`,
  au_becs_debit: `au_becs_debit[${ACCOUNT}]=000123456&au_becs_debit[bsb_number]=000000`,
  bacs_debit: `bacs_debit[${ACCOUNT}]=00012345&bacs_debit[sort_code]=108800`,
  boleto: "boleto[tax_id]=000.000.000-00",
  fpx: "fpx[bank]=maybank2u",
  sepa_debit: "sepa_debit[iban]=DE89370400440532013000",
  us_bank_account: `us_bank_account[${ACCOUNT}]=000123456789&us_bank_account[routing_number]=110000000`,
};

type Post = (path: string, body: string) => Promise<{ body: ControlBody }>;

/** Pays and saves with each type, up to the end: on the bank's page, with microdeposits, by waiting. */
async function payByEveryType(post: Post, url: string, customer: string): Promise<void> {
  for (const type of METHOD_TYPE_NAMES.filter((name) => name !== "card")) {
    const { body } = await post("/v1/payment_methods", `type=${type}&${DETAILS[type] ?? ""}`);
    const method = `payment_method=${String(body.id)}&customer=${customer}&return_url=https://shop.example/`;
    const { body: paid } = await post(
      "/v1/payment_intents",
      `amount=2000&currency=usd&confirm=true&${method}`,
    );
    const { body: saved } = await post("/v1/setup_intents", `confirm=true&${method}`);
    for (const { id } of [paid, saved]) {
      const page = `${url}/_emulator/3ds/${String(id)}`;
      await fetch(page, { method: "POST", body: "outcome=complete", redirect: "manual" });
    }
    await post(`/v1/payment_intents/${String(paid.id)}/verify_microdeposits`, "descriptor_code=SM11AA");
    await post(`/v1/setup_intents/${String(saved.id)}/verify_microdeposits`, "amounts[]=32&amounts[]=45");
  }
}

describe("given payments of every kind", () => {
  it.each(TYPES)("each %s has the fields of its SDK type", (kind, file, type) => {
    const found = objects[kind] ?? [];
    expect(found.length).toBeGreaterThan(0);
    expect([...new Set(found.flatMap((object) => problemsOf(object, file, type)))]).toEqual([]);
  });
});

describe("given the comparison with the SDK's types", () => {
  it.each([
    ["a field that is missing", { amount: undefined }, ["Charge.amount: missing"]],
    ["one that Stripe does not have", { amuont: 1 }, ["Charge.amuont: not declared"]],
    ["a text for a number", { amount: "2000" }, ['Charge.amount: "2000" is not number']],
    ["null where it cannot be", { created: null }, ["Charge.created: null is not number"]],
    [
      "a field deep inside",
      { billing_details: { address: null, email: 7, name: null, phone: null, tax_id: null } },
      ["Charge.billing_details.email: 7 is not string | null"],
    ],
  ])("it finds %s", (_what, change, problems) => {
    const changed: object = JSON.parse(JSON.stringify({ ...objects.charge?.[0], ...change }));
    expect(problemsOf(changed, "Charges", "Charge")).toEqual(problems);
  });
});
