/** `npm run stripe -- account check` on the local services. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { getItem, putItem } from "../../lib/aws/dynamodb.ts";
import { findOrCreateCustomer } from "../../lib/customers/customer-mapping.ts";
import { mappingKey } from "../../lib/customers/mapping-key.ts";
import { env } from "../../lib/env.ts";
import { createApiKey } from "../../lib/identity/api-keys.ts";
import { stripeCommand } from "../../scripts/stripe/command.ts";
import { runStripe } from "../../scripts/stripe/run.ts";
import { type StripeEmulator, startStripeEmulator } from "../../stripe-emulator/index.ts";
import { runHere } from "../steps/commands.ts";
import * as given from "../steps/given.ts";
import { clientOf } from "../steps/given-stripe-emulator.ts";
import { emulatorClient } from "../steps/stripe-emulator-client.ts";
import { timeLeft } from "../steps/time-left.ts";

const aws = given.localAws(given.DEPLOYED_NAMES);
let emulator: StripeEmulator;
beforeAll(async () => {
  emulator = await startStripeEmulator({ port: 0 });
  Object.assign(process.env, {
    STRIPE_API_BASE: emulator.url,
    STRIPE_SECRET_KEY: "sk_test_local",
    DYNAMODB_PORT: new URL(aws.endpoints.dynamodb).port,
    STRIPE_EMULATOR_PORT: String(emulator.port),
  });
});
afterAll(() => emulator.close());

const check = (options = "") => runHere(stripeCommand, runStripe, `account check ${options}`.trim());
const reset = () => emulatorClient(emulator.url).control("POST", "reset", {});

/** Stores a customer, an object, a failed payment and a bound API key, all of the present account. */
async function everythingStored() {
  const stripe = clientOf(emulator);
  const account = (await stripe.accounts.retrieveCurrent()).id;
  const { id: customerId } = await stripe.customers.create();
  const { id: intent } = await stripe.paymentIntents.create({ amount: 4200, currency: "usd" });
  const identity = `user:${customerId}`;
  await findOrCreateCustomer(identity, timeLeft(5_000), {
    current: async () => undefined,
    findOrCreate: async () => ({ customerId, account, livemode: false }),
  });
  const object = { objectType: "payment_intent", status: "succeeded", final: true, version: 1 };
  await putItem(env("STRIPE_OBJECTS_TABLE"), { objectId: intent, ...object });
  const failed = { status: "open", attempts: 1, attemptKeys: ["ch_1"], lastAttempt: "ch_1", lastFailedAt: 1 };
  const money = { amount: 4200, currency: "usd", followUps: 0, mails: {} };
  await putItem(env("FAILED_PAYMENTS_TABLE"), { paymentId: intent, ...failed, ...money, version: 1 });
  const { record } = await createApiKey({ id: "shop", roles: ["checkout"], customerId }, {}, new Date());
  return { account, customerId, intent, identity, keyId: record.keyId };
}

describe("given ids that belong to the account of the key", () => {
  beforeEach(reset);

  it("nothing is wrong, and --limit compares fewer", async () => {
    const { account } = await everythingStored();
    const { status, out } = await check();
    expect({ status, err: out }).toMatchObject({ status: 0 });
    expect(out).toContain(`The key belongs to ${account}, in test mode.`);
    expect(out).toContain("4 ids compared: 0 of another account.");
    expect((await check("--limit 2")).out).toContain("The first 2 ids only; --limit compares more.");
    await reset();
    await check("--forget");
  });
});

describe("given a key that now belongs to another account", () => {
  it("every id of the old account is listed with what follows, and --forget leaves those for a person", async () => {
    const { account, customerId, intent, identity, keyId } = await everythingStored();
    await reset();
    const listed = await check();
    expect(listed.status).toBe(1);
    for (const row of [
      new RegExp(`^Customers +${customerId} +${account} +the person's next call`, "m"),
      new RegExp(`^StripeObjects +${intent} +not recorded +the drift check`, "m"),
      new RegExp(`^FailedPayments +${intent} +not recorded +its payer gets no reminder`, "m"),
      new RegExp(`^ApiKeys +${customerId} +not recorded +the API key ${keyId}`, "m"),
    ]) {
      expect(listed.out).toMatch(row);
    }

    const forgotten = await check("--forget");
    expect(forgotten.status).toBe(1);
    expect(forgotten.out).toMatch(/was not forgotten: the API key key_\w+ can act for no other customer/);
    expect(await getItem(env("CUSTOMERS_TABLE"), { identity: await mappingKey(identity) })).toBeUndefined();
    expect(await getItem(env("STRIPE_OBJECTS_TABLE"), { objectId: intent })).toBeUndefined();
    expect(await getItem(env("FAILED_PAYMENTS_TABLE"), { paymentId: intent })).toMatchObject({
      status: "missing",
    });
  });

  it("a Stripe that does not respond is exit status 2, and nothing is forgotten", async () => {
    const { identity } = await everythingStored();
    const { control } = emulatorClient(emulator.url);
    await control("POST", "faults", {
      kind: "status",
      status: 500,
      times: 9,
      match: { method: "GET", path: "/v1/account" },
    });
    expect((await check("--forget")).status).toBe(2);
    expect(await getItem(env("CUSTOMERS_TABLE"), { identity: await mappingKey(identity) })).toBeDefined();
  });
});
