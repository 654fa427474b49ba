/** R12: the webhook is off for 72 hours, then the reconciler runs. All of it on real emulated services. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from "@jest/globals";
import { handler } from "../../functions/reconcile-events/handler.ts";
import { handler as webhook } from "../../functions/stripe-webhook/handler.ts";
import { findEntries } from "../../lib/audit/query.ts";
import { getItem, scanTable } from "../../lib/aws/dynamodb.ts";
import { isSubscribed, queueOf } from "../../lib/events/event-queues.ts";
import { objectState } from "../../lib/events/object-state.ts";
import { recordedIn } from "../../lib/events/recorded.ts";
import { fetchObject, stripeReader } from "../../lib/events/resolve-event.ts";
import { holdTask } from "../../lib/reconcile/progress.ts";
import { type StripeEmulator, startStripeEmulator, webhookSignature } from "../../stripe-emulator/index.ts";
import { startConsumers, until } from "../steps/consuming.ts";
import { tries } from "../steps/effort.ts";
import * as given from "../steps/given.ts";
import { type LoopbackServer, loopbackServer } from "../steps/loopback-server.ts";
import { emulatorClient } from "../steps/stripe-emulator-client.ts";
import { timeLeft } from "../steps/time-left.ts";

const HOUR = 3_600;
const OUTAGE = 72 * HOUR;
/** Between two payments. */
const HOURS_BETWEEN = 72 / tries({ sample: 6, whole: 72 });

given.localAws();
let stripe: StripeEmulator;
let endpoint: LoopbackServer;
let client: ReturnType<typeof emulatorClient>;
let consumers: { stop(): Promise<void> } | undefined;
const log = given.capturedLog();

beforeAll(async () => {
  endpoint = await loopbackServer(async (_request, body, response) => {
    // Signed again, because the emulator's clock is three days late.
    const signature = webhookSignature(body.toString(), ["whsec_local"], Math.floor(Date.now() / 1000));
    const call = given.httpEvent({ body, headers: { "stripe-signature": signature }, authorizer: null });
    const { statusCode } = await webhook(call, given.lambdaContext());
    response.writeHead(statusCode ?? 500).end();
  });
  // Its clock starts so far in the past that it is right at the end of the outage.
  const startedAt = Date.now() / 1000 - OUTAGE - HOUR;
  const began = Date.now() / 1000;
  stripe = await startStripeEmulator({
    port: 0,
    webhookUrl: endpoint.url,
    now: () => startedAt + (Date.now() / 1000 - began),
  });
  client = emulatorClient(stripe.url);
  Object.assign(process.env, {
    STRIPE_API_BASE: stripe.url,
    STRIPE_SECRET_KEY: "sk_test_local",
    STRIPE_WEBHOOK_SECRET: "whsec_local",
  });
});
afterEach(() => consumers?.stop());
afterAll(async () => {
  await stripe.close();
  await endpoint.close();
});

const run = () => handler({}, given.lambdaContext(60_000));
const runs = () => log.lines().filter(({ event }) => event === "reconciler.ran");
const lastRun = () => runs().at(-1);

const anIntent = () => client.api("payment_intents", { amount: "4200", currency: "usd" });

/** The events that Stripe is asked for. */
async function wantedEvents() {
  return (await client.eventsSince(0)).filter(
    ({ type }) => queueOf(type) !== "unrouted" && isSubscribed(type, []),
  );
}

async function inbox() {
  return new Map((await scanTable("StripeEventsTable")).map((item) => [String(item.eventId), item]));
}

async function isAllDone(): Promise<boolean> {
  const items = await inbox();
  return (await wantedEvents()).every(({ id }) => items.get(id)?.state === "done");
}

describe("given a webhook that was off for 72 hours", () => {
  it("the reconciler brings every event to its consumer, each once, and then finds nothing more", async () => {
    consumers = startConsumers();
    const before = await anIntent();
    await until("the events from before the outage are done", isAllDone);
    const delivered = (await wantedEvents()).length;

    // The reconciler's progress before the outage.
    const task = await holdTask("reconcile-events", timeLeft(1_000));
    await task?.save({ cursor: Number(before.created) });
    await task?.release();
    await client.control("POST", "faults", { kind: "drop_webhooks", times: 1_000_000 });
    const intents = [before];
    const customers = [];
    for (let hour = 0; hour < 72; hour += HOURS_BETWEEN) {
      const intent = await anIntent();
      intents.push(intent);
      await client.pay(intent.id, "4242424242424242");
      customers.push(await client.api("customers", { "metadata[userId]": `user-${hour}` }));
      await client.control("POST", "clock", { advance: HOURS_BETWEEN * HOUR });
    }
    await client.control("DELETE", "faults");
    // So that no event counts as too recent.
    await client.control("POST", "clock", { advance: HOUR });
    const lost = (await wantedEvents()).length - delivered;
    expect(lost).toBe(intents.length - 1 + customers.length);

    // One run is enough on most machines; on a slow one, as many as a slow Lambda would need.
    do await run();
    while (lastRun()?.complete === false);
    expect(runs().every(({ outcome }) => outcome === "succeeded")).toBe(true);
    for (const count of ["missing", "enqueued", "EventsMissing"]) {
      expect([count, runs().reduce((sum, line) => sum + Number(line[count]), 0)]).toEqual([count, lost]);
    }
    await until("all events are done", isAllDone);

    const applications = log
      .lines()
      .filter(({ event, outcome }) => event === "webhook.applied" && outcome !== "stale");
    expect(applications.filter(({ outcome }) => outcome === "failed")).toEqual([]);
    const read = stripeReader({
      ...timeLeft(30_000),
      noteVendorRequest: () => {},
    });
    for (const { id, object } of [...intents, ...customers]) {
      const found = await fetchObject(String(object), id, read);
      const item = await getItem("StripeObjectsTable", { objectId: id });
      expect(item && (await recordedIn(item)).state).toMatchObject(objectState(found ?? { id }));
    }
    // One entry for each event, and none for a replay.
    for (const { id } of (await wantedEvents()).slice(-tries({ sample: 5, whole: 20 }))) {
      const query = { object: id, from: new Date(0), to: new Date(Date.now() + 1_000), limit: 10 };
      expect((await findEntries(query, new Date())).entries).toMatchObject([{ result: "succeeded" }]);
    }
    expect(
      log.lines().filter(({ event, outcome }) => event === "webhook.applied" && outcome === "duplicate"),
    ).toEqual([]);

    await run();
    expect(lastRun()).toMatchObject({ outcome: "succeeded", missing: 0, enqueued: 0, complete: true });
  });
});
