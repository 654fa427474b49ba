import { afterAll, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { handler } from "../../../functions/check-drift/handler.ts";
import { deleteItem, getItem, scanTable, updateItem } from "../../../lib/aws/dynamodb.ts";
import type { ObjectState } from "../../../lib/events/object-state.ts";
import { recordState } from "../../../lib/events/projection.ts";
import type { ReadStripe } from "../../../lib/events/resolve-event.ts";
import { stripeReader } from "../../../lib/events/resolve-event.ts";
import { readSnapshot } from "../../../lib/events/stripe-event.ts";
import { checkDrift } from "../../../lib/reconcile/check-drift.ts";
import { differingFields, findDrift, fixDrift } from "../../../lib/reconcile/drift.ts";
import { holdTask } from "../../../lib/reconcile/progress.ts";
import { type StripeEmulator, startStripeEmulator } from "../../../stripe-emulator/index.ts";
import * as given from "../../steps/given.ts";
import { emulatorClient } from "../../steps/stripe-emulator-client.ts";
import { timeLeft } from "../../steps/time-left.ts";

const NAME = "Ada Lovelace";

given.localAws();
let stripe: StripeEmulator;
let client: ReturnType<typeof emulatorClient>;
const log = given.capturedLog();
beforeAll(async () => {
  stripe = await startStripeEmulator({ port: 0 });
  client = emulatorClient(stripe.url);
  Object.assign(process.env, { STRIPE_API_BASE: stripe.url, STRIPE_SECRET_KEY: "sk_test_local" });
});
beforeEach(async () => {
  await client.control("POST", "reset");
  for (const { objectId } of await scanTable("StripeObjectsTable")) {
    await deleteItem("StripeObjectsTable", { objectId }, {});
  }
  await deleteItem("RepairProgressTable", { task: "check-drift" }, {});
});
afterAll(async () => {
  await stripe.close();
});

const read: ReadStripe = (path, query) =>
  stripeReader({ ...timeLeft(10_000), noteVendorRequest: () => {} })(path, query);

/** Applies all events of the emulator, starting with the `first`, as the consumers do. */
async function applyEvents(first = 0): Promise<void> {
  for (const value of await client.eventsSince(first)) {
    const event = readSnapshot(value);
    if (event !== undefined) await recordState(event, { read, now: () => new Date() });
  }
}

const anIntent = () =>
  client.api("payment_intents", { amount: "4200", currency: "usd", "metadata[name]": NAME });
const run = () => handler({}, given.lambdaContext(60_000));
const found = () => log.lines().filter(({ event }) => event === "drift.found");
const lastRun = () => log.lines().findLast(({ event }) => event === "drift.checked");

describe("given records that agree with Stripe", () => {
  it("nothing is reported, not even for a deleted customer", async () => {
    const intent = await anIntent();
    await client.pay(intent.id, "4242424242424242");
    const customer = await client.api("customers", { email: "ada@example.com" });
    await fetch(`${stripe.url}/v1/customers/${customer.id}`, {
      method: "DELETE",
      headers: { authorization: "Bearer sk_test_local" },
    });
    await applyEvents();
    await run();
    expect(lastRun()).toMatchObject({ outcome: "succeeded", checked: 3, suspected: 0, drifted: 0 });
  });
});

describe("given records of a customer with an overdue subscription", () => {
  it("nothing is reported, also if no secret opens the address", async () => {
    const { api } = client;
    const customer = await api("customers", { email: "ada@example.com", "metadata[userId]": "user-1" });
    const useCard = async (card: string) => {
      const { id } = await api(`payment_methods/${card}/attach`, { customer: customer.id });
      await api(`customers/${customer.id}`, { "invoice_settings[default_payment_method]": id });
    };
    await useCard("pm_card_visa");
    const product = { "product_data[name]": "Plan", "recurring[interval]": "month" };
    const price = await api("prices", { currency: "usd", unit_amount: "900", ...product });
    await api("subscriptions", { customer: customer.id, "items[0][price]": price.id });
    await useCard("pm_card_chargeCustomerFail");
    await client.control("POST", "clock", { advance: 32 * 24 * 60 * 60 });
    await applyEvents();
    const items = await scanTable("StripeObjectsTable");
    expect(items.find(({ objectType }) => objectType === "subscription")).toMatchObject({
      status: "past_due",
    });
    expect(await findDrift(items, read)).toEqual([]);
    const secret = process.env.APP_SECRET;
    process.env.APP_SECRET = "another-secret-of-the-tests";
    try {
      expect(await findDrift(items, read)).toEqual([]);
    } finally {
      process.env.APP_SECRET = secret;
    }
  });
});

describe("given records that differ from Stripe", () => {
  it("a difference that remains in the next run is reported, by its fields and without values", async () => {
    const intent = await anIntent();
    await applyEvents();
    await client.pay(intent.id, "4242424242424242");
    await client.api(`payment_intents/${intent.id}`, { "metadata[name]": `${NAME} King` });

    await run();
    expect(lastRun()).toMatchObject({ checked: 1, suspected: 1, drifted: 0, DriftFound: 0 });
    expect(found()).toEqual([]);
    await run();
    expect(lastRun()).toMatchObject({ drifted: 1, DriftFound: 1 });
    expect(found()).toMatchObject([
      {
        level: "warn",
        objectId: intent.id,
        objectType: "payment_intent",
        fields: "chargeId final metadata status",
        recordedStatus: "requires_payment_method",
        stripeStatus: "succeeded",
      },
    ]);
    expect(log.text()).not.toContain(NAME);
  });

  it("a record whose event was only on its way is not reported", async () => {
    const intent = await anIntent();
    await applyEvents();
    await client.pay(intent.id, "4242424242424242");
    await run();
    await applyEvents();
    await run();
    expect(lastRun()).toMatchObject({ suspected: 0, drifted: 0 });
  });

  it("a record that changes while Stripe is asked is not reported in this run", async () => {
    const intent = await anIntent();
    await applyEvents();
    await client.pay(intent.id, "4242424242424242");
    const overtaken: ReadStripe = async (path) => {
      const answer = await read(path);
      await applyEvents(1);
      return answer;
    };
    const item = await getItem("StripeObjectsTable", { objectId: intent.id });
    expect(await findDrift([item ?? {}], overtaken)).toEqual([]);
  });

  it("fixing drift records Stripe's state, unless the record has changed since", async () => {
    const intent = await anIntent();
    await applyEvents();
    await client.pay(intent.id, "4242424242424242");
    const [drift] = await findDrift(await scanTable("StripeObjectsTable"), read);
    if (drift === undefined) throw new Error("No drift was found");
    expect(await fixDrift(drift, new Date())).toBe(true);
    const fixed = await getItem("StripeObjectsTable", { objectId: intent.id });
    expect(fixed).toMatchObject({
      status: "succeeded",
      final: true,
      version: 2,
      eventId: drift.item.eventId,
    });
    expect(await findDrift([fixed ?? {}], read)).toEqual([]);
    expect(await fixDrift(drift, new Date())).toBe(false);
  });

  it("an object that Stripe does not have is drift, unless it is recorded as deleted", async () => {
    const intent = await anIntent();
    await applyEvents();
    await client.control("POST", "reset");
    const [item = {}] = await scanTable("StripeObjectsTable");
    expect(await findDrift([item], read)).toMatchObject([
      { objectId: intent.id, stripeStatus: "missing", fields: ["status"] },
    ]);
    expect(await findDrift([{ ...item, status: "deleted" }], read)).toEqual([]);
  });
});

describe("given more records than one run looks at", () => {
  it("the runs check all of them, even after a run that failed, and then wait for the next day", async () => {
    for (let index = 0; index < 5; index += 1) await anIntent();
    await applyEvents();
    const slice = async (now: Date, reads: ReadStripe = read) => {
      const task = await holdTask("check-drift", timeLeft(10_000));
      if (task === undefined) throw new Error("Another run has it");
      try {
        return (await checkDrift(task, { read: reads, now, slice: 2 })).checked;
      } finally {
        await task.release();
      }
    };
    const now = new Date();
    expect(await slice(now)).toBe(2);
    const failing: ReadStripe = () => Promise.reject(new Error("Stripe is down"));
    await expect(slice(now, failing)).rejects.toThrow("down");
    expect([await slice(now), await slice(now), await slice(now)]).toEqual([2, 1, 0]);
    expect(await slice(new Date(now.getTime() + 24 * 60 * 60 * 1000))).toBe(2);
  });

  it("a run does nothing while another one holds the task", async () => {
    await anIntent();
    await applyEvents();
    await holdTask("check-drift", timeLeft(10_000));
    await run();
    expect(lastRun()).toMatchObject({ skipped: true });
    await updateItem("RepairProgressTable", { task: "check-drift" }, "SET leaseUntil = :over", {
      values: { ":over": Date.now() },
    });
    await run();
    expect(lastRun()).toMatchObject({ checked: 1 });
  });
});

describe("given two states", () => {
  const state: ObjectState = {
    ...{ objectType: "charge", status: "succeeded", final: false, amount: 4200, metadata: { order: "7" } },
  };
  it.each<[string, Partial<ObjectState>, string[]]>([
    ["no difference", {}, []],
    ["an amount that was refunded", { amountRefunded: 100 }, ["amountRefunded"]],
    ["metadata in another order or object", { metadata: { order: "7" } }, []],
    ["other metadata", { metadata: { order: "8" } }, ["metadata"]],
    ["another status", { status: "failed", amount: 1 }, ["amount", "status"]],
    ["a deleted object, which has no fields any more", { status: "deleted" }, ["status"]],
  ])("%s", (_what, found, fields) => {
    expect(differingFields(state, { ...state, ...found })).toEqual(fields);
    expect(differingFields({ ...state, ...found }, { ...state, ...found })).toEqual([]);
  });
});
