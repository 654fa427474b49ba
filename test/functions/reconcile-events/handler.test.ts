/** The reconciler while Stripe, or the machine it runs on, is in trouble. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { handler } from "../../../functions/reconcile-events/handler.ts";
import { deleteItem, getItem, scanTable } from "../../../lib/aws/dynamodb.ts";
import { eventLister, type ListEvents } from "../../../lib/reconcile/list-events.ts";
import { holdTask } from "../../../lib/reconcile/progress.ts";
import { noCounts, type RunCounts, reconcileEvents } from "../../../lib/reconcile/reconcile-events.ts";
import { type StripeEmulator, startStripeEmulator } from "../../../stripe-emulator/index.ts";
import * as given from "../../steps/given.ts";
import { emulatorClient } from "../../steps/stripe-emulator-client.ts";
import { timeLeft } from "../../steps/time-left.ts";

given.localAws();
let stripe: StripeEmulator;
let client: ReturnType<typeof emulatorClient>;
const log = given.capturedLog();
beforeAll(async () => {
  // Its events are an hour old.
  stripe = await startStripeEmulator({ port: 0, now: () => Date.now() / 1000 - 3_600 });
  client = emulatorClient(stripe.url);
  Object.assign(process.env, { STRIPE_API_BASE: stripe.url, STRIPE_SECRET_KEY: "sk_test_local" });
});
beforeEach(async () => {
  await client.control("POST", "reset");
  for (const { eventId } of await scanTable("StripeEventsTable")) {
    await deleteItem("StripeEventsTable", { eventId }, {});
  }
  await deleteItem("RepairProgressTable", { task: "reconcile-events" }, {});
  for (let index = 0; index < 7; index += 1) await client.api("customers", {});
});
afterAll(async () => {
  await stripe.close();
});

const lastRun = () => log.lines().findLast(({ event }) => event === "reconciler.ran");
const queued = async () => (await scanTable("StripeEventsTable")).length;

const RUN_MS = 60_000;

/**
 * A run over pages of three; `before` is called before each page, and can return how many milliseconds that page has.
 */
async function run(before: (page: number) => Promise<number | undefined>): Promise<RunCounts> {
  const task = await holdTask("reconcile-events", timeLeft(RUN_MS));
  if (task === undefined) throw new Error("Another run holds the task");
  const counts = noCounts();
  const watched: ListEvents = async (range, after) => {
    const left = timeLeft((await before(counts.pages)) ?? RUN_MS);
    return eventLister({ ...left, noteVendorRequest: () => {} }, 3)(range, after);
  };
  try {
    await reconcileEvents(
      task,
      { list: watched, now: () => new Date(), hasTime: () => true, awaited: [] },
      counts,
    );
    return counts;
  } finally {
    await task.release();
  }
}

describe("given a Stripe in trouble in the middle of a pass", () => {
  // The SDK tries a request twice.
  it.each<[string, object, string]>([
    ["500", { kind: "status", status: 500, times: 2 }, "BAD_GATEWAY"],
    ["429", { kind: "status", status: 429, times: 2 }, "RATE_LIMITED"],
    ["a connection that is cut", { kind: "reset_after_commit", times: 2 }, "BAD_GATEWAY"],
    ["half a response", { kind: "truncate", times: 2 }, "BAD_GATEWAY"],
    ["a response that stalls", { kind: "stall", ms: 60_000, times: 2 }, "TIMEOUT"],
  ])("%s ends the run, and the next run continues from there", async (_what, fault, code) => {
    const fail = async (page: number) => {
      if (page !== 2) return undefined;
      await client.control("POST", "faults", { ...fault, match: { path: "/v1/events" } });
      return code === "TIMEOUT" ? 2_500 : undefined;
    };
    await expect(run(fail)).rejects.toMatchObject({ code });
    expect(await queued()).toBe(3);
    const stopped = await getItem("RepairProgressTable", { task: "reconcile-events" });
    expect(stopped?.progress).toMatchObject({
      pass: { part: "all", lanes: [{ after: expect.stringMatching(/^evt_/) }] },
    });
    await client.control("DELETE", "faults");
    expect(await run(async () => undefined)).toMatchObject({
      pages: 2,
      listed: 4,
      enqueued: 4,
      complete: true,
    });
    expect(await queued()).toBe(7);
  });

  it("the function reports the failure, fails, and can run again immediately", async () => {
    const fault = { kind: "status", status: 500, times: 2, match: { path: "/v1/events" } };
    await client.control("POST", "faults", fault);
    await expect(handler({}, given.lambdaContext(60_000))).rejects.toThrow("reconciler.ran: BAD_GATEWAY");
    expect(lastRun()).toMatchObject({
      ...{ level: "error", outcome: "failed", code: "BAD_GATEWAY", Failures: 1 },
      ...{ pages: 0, missing: 0, complete: false, stripeRequestId: expect.stringMatching(/^req_/) },
    });
    await handler({}, given.lambdaContext(60_000));
    expect(lastRun()).toMatchObject({ outcome: "succeeded", missing: 7, EventsMissing: 7, complete: true });
  });
});

describe("given little time", () => {
  it("the function begins no page that it might not finish", async () => {
    await handler({}, given.lambdaContext(30_000));
    expect(lastRun()).toMatchObject({ outcome: "succeeded", pages: 0, complete: false });
  });

  it("the function leaves the work to another run that holds the task", async () => {
    const other = await holdTask("reconcile-events", timeLeft(10_000));
    await handler({}, given.lambdaContext(60_000));
    expect(lastRun()).toMatchObject({ outcome: "succeeded", skipped: true });
    expect(await queued()).toBe(0);
    await other?.release();
  });
});

describe("given events that SQS does not accept", () => {
  it("the run fails before it moves on, and the next run queues them", async () => {
    const url = process.env.CUSTOMER_EVENTS_QUEUE_URL;
    process.env.CUSTOMER_EVENTS_QUEUE_URL = `${url}-that-is-gone`;
    await expect(handler({}, given.lambdaContext(60_000))).rejects.toThrow("SERVICE_UNAVAILABLE");
    expect(lastRun()).toMatchObject({ missing: 7, enqueued: 0, EventsMissing: 7 });
    expect(await queued()).toBe(0);
    process.env.CUSTOMER_EVENTS_QUEUE_URL = url;
    await handler({}, given.lambdaContext(60_000));
    expect(lastRun()).toMatchObject({ missing: 7, enqueued: 7, complete: true });
  });
});
