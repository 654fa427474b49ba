/**
 * The Stripe emulator makes deliveries to the whole local stack fail in all the ways in which Stripe's deliveries can.
 * The result must be the same as without the faults.
 */
import { spawnSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { LOCAL_CREDENTIALS } from "../../local/local-credentials.ts";
import { waitFor } from "../../local/stack-client.ts";
import { emulatorClient } from "../steps/stripe-emulator-client.ts";
import { type Subscriber, subscribe } from "../steps/subscriber.ts";
import { client, ports, printed, urls } from "./local-stack/shared-stack.ts";

const GOOD_CARD = "4242424242424242";
const DECLINED_CARD = "4000000000000002";

let stripe: ReturnType<typeof emulatorClient>;
let application: Subscriber;
beforeAll(async () => {
  stripe = emulatorClient(urls().stripeEmulator ?? "");
  application = await subscribe(urls(), "contractspec-stripe-dev-notifications");
  // Failed messages become visible again soon; on AWS it takes two minutes. If it were shorter than a busy consumer needs, the
  // message would be in the dead-letter queue after five receives.
  await application.setVisibility("contractspec-stripe-dev-", 10);
});
afterAll(async () => {
  application?.close();
});
beforeEach(() => stripe.control("DELETE", "faults"));

const fault = (kind: string, more: object = {}) => stripe.control("POST", "faults", { kind, ...more });

async function aDeclinedAndPaidIntent(): Promise<string> {
  const { id } = await stripe.api("payment_intents", {
    amount: "4200",
    currency: "usd",
    "metadata[orderId]": "1042",
  });
  await stripe.pay(id, DECLINED_CARD).catch(() => undefined);
  await stripe.pay(id, GOOD_CARD);
  return id;
}

const paid = (id: string) => client().recordedState(id, ({ status }) => status === "succeeded");

/** A snapshot of a payment that no API call created. */
const aPayment = (more: object = {}) => ({
  id: `pi_${randomUUID().replaceAll("-", "")}`,
  object: "payment_intent",
  status: "succeeded",
  amount: 4200,
  currency: "usd",
  ...more,
});

const giveEvent = async (event: object): Promise<string> => {
  const { events }: { events: { id: string }[] } = await stripe.control("POST", "events", event);
  return events[0]?.id ?? "";
};

describe("given faulty deliveries", () => {
  it.each<[string, string, object]>([
    ["three times", "duplicate_webhooks", { times: 20, copies: 2 }],
    ["in reverse order", "reorder_webhooks", { times: 8, ms: 1_500 }],
    ["in a random order", "reorder_webhooks", { times: 8, seed: 7, ms: 1_500 }],
    ["late", "delay_webhooks", { times: 3, ms: 700 }],
    ["all created in the same second", "same_second", { times: 10 }],
  ])(
    "events that arrive %s: a declined and then paid payment ends as paid, and is notified once",
    async (_how, kind, more) => {
      await fault(kind, more);
      const id = await aDeclinedAndPaidIntent();
      expect(await paid(id)).toMatchObject({ final: true, amount: 4200 });
      const told = await application.toldOf(id, "payment.succeeded");
      expect(told).toMatchObject([{ application: { orderId: "1042" } }]);
      await application.allHandled();
      expect(await application.toldOf(id, "payment.succeeded")).toHaveLength(1);
    },
  );

  it("when Stripe fails every request of the consumers, an event of the same second is applied later", async () => {
    await fault("same_second", { times: 10 });
    await fault("status", { status: 500, times: 3, match: { method: "GET", path: "/v1/payment_intents/*" } });
    await fault("truncate", { times: 1, match: { method: "GET", path: "/v1/payment_intents/*" } });
    expect(await paid(await aDeclinedAndPaidIntent())).toMatchObject({ final: true });
  });

  it("when only thin events arrive, the object is fetched and recorded", async () => {
    await fault("drop_webhooks", { times: 20 });
    const before = await stripe.lastEvent();
    const id = await aDeclinedAndPaidIntent();
    await stripe.control("DELETE", "faults");
    for (const event of await stripe.eventsSince(before)) {
      await stripe.control("POST", `events/${event.id}/thin`);
    }
    expect(await paid(id)).toMatchObject({
      final: true,
      metadata: expect.stringMatching(/^sealed:/),
    });
  });

  it("an event whose type has no consumer is kept as ignored", async () => {
    const id = await giveEvent({ type: "payout.paid", object: { id: "po_1", object: "payout" } });
    expect(await application.inboxItem(id, ({ state }) => state === "ignored")).toMatchObject({
      queue: "unrouted",
      type: "payout.paid",
    });
  });
});

describe("given events of every size (R11)", () => {
  const MIB = 1024 * 1024;
  it.each([
    ["256 KiB", 256 * 1024, "x"],
    ["1 MiB minus a byte", MIB - 1, "x"],
    ["1 MiB", MIB, "x"],
    ["1 MiB plus a byte", MIB + 1, "x"],
    ["3 MiB", 3 * MIB, "x"],
    ["1 MiB of three-byte characters", MIB, "€"],
    ["a little over 1 MiB of three-byte characters", MIB + 3, "€"],
  ])("an event of %s is applied", async (_size, bytes, character) => {
    const payment = aPayment({ description: "" });
    const event = {
      id: `evt_${randomUUID().replaceAll("-", "")}`,
      type: "payment_intent.succeeded",
      object: payment,
    };
    // Measures the event as the emulator writes it, to give the body exactly this size.
    const id = await giveEvent({ ...event, deliver: false });
    const written = (await stripe.eventsSince(0)).find((stored) => stored.id === id);
    const missing = bytes - Buffer.byteLength(JSON.stringify(written));
    const object = {
      ...payment,
      description: character.repeat(Math.floor(missing / Buffer.byteLength(character))),
    };
    const sized = await giveEvent({ ...event, id: `${event.id.slice(0, -1)}Z`, object });
    expect(await paid(payment.id)).toMatchObject({ eventId: sized });
  });
});

describe("given a clock that was moved", () => {
  it("the whole stack has the new time: signatures are accepted, and records and log lines have it", async () => {
    await stripe.control("POST", "clock", { advance: 24 * 3_600 });
    const { clockOffsetSeconds } = await stripe.control("GET", "clock");
    const id = await aDeclinedAndPaidIntent();
    expect(await paid(id)).toMatchObject({ final: true });
    expect(await application.toldOf(id, "payment.succeeded")).toHaveLength(1);
    const [entry] = await client().audited(id, (entries) => entries.length > 0);
    const ahead = Date.parse(String(entry?.timestamp)) - Date.now();
    expect(Math.abs(ahead / 1_000 - clockOffsetSeconds)).toBeLessThan(3_600);
    const sent = spawnSync("node", ["scripts/send-event.ts", "payment_intent.succeeded"], {
      env: { ...process.env, ...ports, NODE_OPTIONS: "" },
      encoding: "utf8",
    });
    expect(sent.stdout).toBe('200 {"received":true}\n');
  });

  it("a subscription is renewed, fails, is tried again and ends, in this order", async () => {
    const customer = await stripe.api("customers", { email: "renewed@shop.example" });
    const product = await stripe.api("products", { name: "Pro" });
    const price = await stripe.api("prices", {
      currency: "usd",
      unit_amount: "1500",
      product: product.id,
      "recurring[interval]": "week",
    });
    const useCard = async (card: string) => {
      const method = await stripe.api(`payment_methods/${card}/attach`, { customer: customer.id });
      await stripe.api(`customers/${customer.id}`, { "invoice_settings[default_payment_method]": method.id });
    };
    await useCard("pm_card_visa");
    const subscription = await stripe.api("subscriptions", {
      customer: customer.id,
      "items[0][price]": price.id,
    });
    await useCard("pm_card_chargeCustomerFail");
    await stripe.control("POST", "clock", { advance: 24 * 24 * 3_600 });
    expect(
      await client().recordedState(subscription.id, ({ status }) => status === "canceled"),
    ).toMatchObject({ final: true });
    const days = await Promise.all(
      ["subscription.activated", "subscription.past_due", "subscription.ended"].map(async (type) => {
        const [told] = await application.toldOf(subscription.id, type);
        return Math.round(
          (Date.parse(told?.occurredAt ?? "") / 1_000 - Number(subscription.created)) / (24 * 3_600),
        );
      }),
    );
    expect(days).toEqual([0, 7, 22]);
  });
});

// The last, because it leaves payments that the emulator does not have: every drift check asks for each of them.
describe("given a webhook that was down for three days (R12)", () => {
  it("the reconciler, which runs in between, queues the missing events, once", async () => {
    await fault("webhook_outage");
    const { clockOffsetSeconds } = await stripe.control("GET", "clock");
    const start = Math.floor(Date.now() / 1000) + clockOffsetSeconds;
    const payments = Array.from({ length: 130 }, () => aPayment());
    // The reconciler asks for none before the clock has reached it: some throughout the outage, more than a page near its end.
    const hoursLater = (index: number) => (index < 22 ? 3 * index + 1 : 66);
    const events = payments.map((object, index) => {
      const created = start + hoursLater(index) * 3_600;
      return { type: "payment_intent.succeeded", object, created };
    });
    await stripe.control("POST", "events", events);
    const runsBefore = runs().length;
    await stripe.control("POST", "clock", { advance: 72 * 3_600 });
    await stripe.control("DELETE", "faults");
    for (const { id } of payments) await paid(id);
    const found = runs()
      .slice(runsBefore)
      .map(({ missing }) => Number(missing));
    expect(found.reduce((sum, missing) => sum + missing, 0)).toBe(130);
    expect(await reconciled()).toMatchObject({ outcome: "succeeded", missing: 0 });
    for (const { id } of payments) {
      expect(await application.toldOf(id, "payment.succeeded")).toHaveLength(1);
    }
  });

  /** The log lines of the reconciler's runs, oldest first. */
  const runs = (): Record<string, unknown>[] =>
    printed
      .filter((line) => line.includes('"reconciler.ran"'))
      .map((line) => JSON.parse(line.slice(line.indexOf("{"))));

  /** Runs the reconciler as the schedule does, and returns its log line. */
  async function reconciled(): Promise<Record<string, unknown>> {
    const before = runs().length;
    const lambda = new LambdaClient({
      endpoint: urls().lambda,
      region: "us-east-1",
      credentials: LOCAL_CREDENTIALS,
    });
    await lambda.send(
      new InvokeCommand({ FunctionName: "contractspec-stripe-dev-reconcile-events", Payload: "{}" }),
    );
    lambda.destroy();
    return waitFor("the reconciler's log line", async () => runs()[before]);
  }
});
