/**
 * The reconciler on a real inbox and real queues. Stripe's list is the test's own, so that it can contain anything.
 */
import { randomUUID } from "node:crypto";
import { PurgeQueueCommand, ReceiveMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { beforeAll, describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { deleteItem, getItem, putItem } from "../../../lib/aws/dynamodb.ts";
import { EVENT_QUEUES, queueUrlVariable } from "../../../lib/events/event-queues.ts";
import {
  applyOnce,
  INBOX_TTL_SECONDS,
  isLost,
  LOST_AFTER_MS,
  noteQueued,
  reopenEvent,
} from "../../../lib/events/inbox.ts";
import { type QueuedEvent, readQueuedEvent } from "../../../lib/events/stripe-event.ts";
import type { ListEvents, ListedEvent } from "../../../lib/reconcile/list-events.ts";
import { GRACE_SECONDS } from "../../../lib/reconcile/pass.ts";
import { type HeldTask, holdTask } from "../../../lib/reconcile/progress.ts";
import { noCounts, type RunCounts, reconcileEvents } from "../../../lib/reconcile/reconcile-events.ts";
import { tries } from "../../steps/effort.ts";
import * as given from "../../steps/given.ts";
import { timeLeft } from "../../steps/time-left.ts";

given.localAws();
const sqs = () => new SQSClient({});
beforeAll(async () => {
  urls = Object.fromEntries(EVENT_QUEUES.map(queueUrlVariable).map((name) => [name, process.env[name]]));
});

const NOW = new Date();
const SECONDS = Math.floor(NOW.getTime() / 1000);
const TYPES = [
  "payment_intent.succeeded",
  "charge.refunded",
  "invoice.paid",
  "account.updated",
  "charge.updated",
];

/** One without a consumer, and one that repeats what others say. */
const NOT_ASKED_FOR: readonly string[] = ["account.updated", "charge.updated"];

/** What happened to an event before the reconciler runs. */
const FATES = [
  "done",
  "dropped",
  "queued lately",
  "begun lately",
  "begun long ago",
  "queued long ago",
  "ignored",
] as const;
type Fate = (typeof FATES)[number];
const LOST: readonly Fate[] = ["dropped", "begun long ago", "queued long ago"];

interface Told extends ListedEvent {
  readonly id: string;
  readonly created: number;
  readonly fate: Fate;
  readonly type: string;
}

function anEvent(type: string, fate: Fate, created: number): Told {
  const id = `evt_${randomUUID()}`;
  const object = { id: `obj_${id}`, object: type.split(".")[0] };
  const body = JSON.stringify({ id, object: "event", type, created, livemode: false, data: { object } });
  return { id, type, created, fate, body, queued: queuedIn(body) };
}

function queuedIn(body: string): QueuedEvent {
  const queued = readQueuedEvent(body);
  if (queued === undefined) throw new Error("The body is not an event");
  return queued;
}

/** Stripe's list, newest first. */
function listOf(events: () => readonly Told[], pageSize: number): ListEvents {
  return async ({ from, until, undelivered }, after) => {
    const wanted = events()
      .filter(({ created }) => created >= from && created <= until)
      .filter(({ fate }) => undelivered !== true || fate === "dropped")
      .sort((a, b) => b.created - a.created || b.id.localeCompare(a.id));
    const start = after === undefined ? 0 : wanted.findIndex(({ id }) => id === after) + 1;
    const page = wanted.slice(start, start + pageSize);
    const next = page.at(-1)?.id;
    return start + pageSize < wanted.length && next !== undefined ? { events: page, next } : { events: page };
  };
}

async function meet({ id, fate, type }: Told): Promise<void> {
  if (fate === "dropped") return;
  const state = fate.startsWith("begun") ? "processing" : (fate.split(" ")[0] ?? "");
  const age = fate.endsWith("long ago") ? LOST_AFTER_MS + 1 : 60_000;
  const receivedAt = new Date(NOW.getTime() - age).toISOString();
  await putItem("StripeEventsTable", { eventId: id, type, state, receivedAt, leaseUntil: 0 });
}

/** Ids of the events in all queues, which this empties. */
async function taken(): Promise<string[]> {
  const client = sqs();
  const ids: string[] = [];
  for (const queue of EVENT_QUEUES) {
    const QueueUrl = process.env[queueUrlVariable(queue)];
    for (;;) {
      const { Messages = [] } = await client.send(
        new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, VisibilityTimeout: 600 }),
      );
      if (Messages.length === 0) break;
      ids.push(...Messages.map(({ Body = "" }) => queuedIn(Body).head.id));
    }
    await client.send(new PurgeQueueCommand({ QueueUrl }));
  }
  client.destroy();
  return ids.sort();
}

let urls: Record<string, string | undefined> = {};
function takeQueuesAway(): void {
  for (const name of Object.keys(urls)) process.env[name] = `${urls[name]}-that-is-gone`;
}
function giveQueuesBack(): void {
  Object.assign(process.env, urls);
}

const forgetProgress = () => deleteItem("RepairProgressTable", { task: "reconcile-events" }, {});

async function run(
  list: ListEvents,
  now = NOW,
  pages = Number.POSITIVE_INFINITY,
  awaited: readonly string[] = [],
): Promise<RunCounts> {
  const task = await holdTask("reconcile-events", timeLeft(30_000));
  if (task === undefined) throw new Error("Another run has it");
  const counts = noCounts();
  try {
    await reconcileEvents(
      task,
      { list, now: () => now, hasTime: () => counts.pages < pages, awaited },
      counts,
    );
    return counts;
  } finally {
    await task.release();
  }
}

describe("given any events, in any state, and runs that end anywhere", () => {
  const event = fc.record({
    type: fc.constantFrom(...TYPES),
    fate: fc.constantFrom(...FATES),
    age: fc.integer({ min: GRACE_SECONDS, max: 3 * 24 * 3600 }),
  });
  /** After how many pages a run ends, and how: by its deadline, or by a failure before or after the page is saved. */
  const ending = fc.record({
    pages: fc.integer({ min: 0, max: 3 }),
    how: fc.constantFrom("deadline", "list fails", "send fails", "save fails"),
  });

  it("every lost event of a type with a consumer is queued, and no other event is", () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(event, { maxLength: 25 }),
        fc.array(event, { maxLength: 3 }),
        fc.integer({ min: 1, max: 7 }),
        fc.array(ending, { maxLength: 4 }),
        async (settled, arriving, pageSize, endings) => {
          await forgetProgress();
          const arrivals = [...arriving];
          const events = settled.map(({ type, fate, age }) => anEvent(type, fate, SECONDS - age));
          await Promise.all(events.map(meet));
          const list = listOf(() => events, pageSize);
          for (const { pages, how } of endings) {
            const task = await holdTask("reconcile-events", timeLeft(30_000));
            if (task === undefined) throw new Error("Another run has it");
            const counts = noCounts();
            const failing: ListEvents = (range, after) =>
              how === "list fails" && counts.pages >= pages
                ? Promise.reject(new Error("Stripe is down"))
                : list(range, after);
            const crashing: HeldTask = {
              ...task,
              save: (progress) =>
                how === "save fails" && counts.pages > pages
                  ? Promise.reject(new Error("The run is cut off"))
                  : task.save(progress),
            };
            const hasTime = () => {
              if (how === "send fails" && counts.pages >= pages) takeQueuesAway();
              return how !== "deadline" || counts.pages < pages;
            };
            await reconcileEvents(
              crashing,
              { list: failing, now: () => NOW, hasTime, awaited: [] },
              counts,
            ).catch(() => {});
            giveQueuesBack();
            await task.release();
            // These arrive during a pass, and are as recent as possible.
            const [late] = arrivals.splice(0, 1);
            if (late !== undefined) events.push(anEvent(late.type, "dropped", SECONDS - GRACE_SECONDS));
          }
          // The pass may already have been past the place of the late events: the next pass finds them.
          await run(list);
          await run(list, new Date(NOW.getTime() + 1_000));
          const lost = events.filter(
            ({ type, fate }) => LOST.includes(fate) && !NOT_ASKED_FOR.includes(type),
          );
          expect(await taken()).toEqual(lost.map(({ id }) => id).sort());
        },
      ),
      { numRuns: tries({ sample: 3, whole: 25 }), endOnFailure: true },
    ));
});

describe("given an event that is missing", () => {
  it("of a type that repeats others, it is queued only if a workflow waits for it", async () => {
    const event = anEvent("invoice.payment_succeeded", "dropped", SECONDS - 3_600);
    for (const awaited of [[], [event.type]]) {
      await forgetProgress();
      await run(
        listOf(() => [event], 100),
        NOW,
        Number.POSITIVE_INFINITY,
        awaited,
      );
      expect(await taken()).toEqual(awaited.map(() => event.id));
    }
  });

  it("it is noted as queued, is not queued again while it waits, and is applied when it is delivered", async () => {
    await forgetProgress();
    const event = anEvent("payment_intent.succeeded", "dropped", SECONDS - 3_600);
    const list = listOf(() => [event], 100);
    expect(await run(list)).toEqual({
      ...{ pages: 2, listed: 2, undelivered: 1, missing: 1, enqueued: 1, complete: true },
      lagSeconds: GRACE_SECONDS,
    });
    expect(await getItem("StripeEventsTable", { eventId: event.id })).toMatchObject({
      state: "queued",
      queue: "payment-intent",
      objectId: `obj_${event.id}`,
      created: event.created,
      expiresAt: Math.floor(NOW.getTime() / 1000) + INBOX_TTL_SECONDS,
    });
    expect(await run(list, new Date(NOW.getTime() + 900_000))).toMatchObject({ missing: 0 });
    expect(await taken()).toEqual([event.id]);
    const delivery = { queued: event.queued, queue: "payment-intent", ...timeLeft(5_000) } as const;
    await expect(applyOnce(delivery, async () => ({ isStale: false }))).resolves.toMatchObject({
      applied: true,
    });
  });

  it("it is queued again after an hour if it got lost again on its way", async () => {
    await forgetProgress();
    const event = anEvent("payment_intent.succeeded", "dropped", SECONDS - 3_600);
    const list = listOf(() => [event], 100);
    await run(list);
    expect(await run(list, new Date(NOW.getTime() + LOST_AFTER_MS))).toMatchObject({
      missing: 1,
      enqueued: 1,
    });
    expect(await taken()).toEqual([event.id, event.id]);
  });

  it("it is not noted as queued if a consumer has begun it since", async () => {
    const event = anEvent("payment_intent.succeeded", "begun long ago", SECONDS - 3_600);
    await meet(event);
    const found = await getItem("StripeEventsTable", { eventId: event.id });
    await putItem("StripeEventsTable", { ...found, receivedAt: NOW.toISOString() });
    expect(await noteQueued(event.queued, "payment-intent", found, NOW)).toBe(false);
    expect(await noteQueued(event.queued, "payment-intent", undefined, NOW)).toBe(false);
    expect(await getItem("StripeEventsTable", { eventId: event.id })).toMatchObject({ state: "processing" });
  });
});

describe("given the inbox item of an event", () => {
  it.each<[string, object | undefined, boolean]>([
    ["nothing", undefined, true],
    ["done", { state: "done", receivedAt: "2020-01-01T00:00:00.000Z" }, false],
    ["ignored", { state: "ignored", receivedAt: "2020-01-01T00:00:00.000Z" }, false],
    ["begun a moment ago", { state: "processing", receivedAt: NOW.toISOString() }, false],
    ["failed a moment ago", { state: "processing", leaseUntil: 0, receivedAt: NOW.toISOString() }, false],
    ["begun long ago", { state: "processing", receivedAt: "2020-01-01T00:00:00.000Z" }, true],
    ["queued long ago", { state: "queued", receivedAt: "2020-01-01T00:00:00.000Z" }, true],
  ])("%s", (_what, item, lost) => {
    expect(isLost(item === undefined ? undefined : { ...item }, NOW)).toBe(lost);
  });

  it("only an event that is done is reopened, and then applied once more", async () => {
    const event = anEvent("invoice.paid", "dropped", SECONDS);
    const delivery = () => ({ queued: event.queued, queue: "invoice", ...timeLeft(5_000) }) as const;
    const apply = () => applyOnce(delivery(), async () => ({ isStale: false }));
    expect(await reopenEvent(event.id, NOW)).toBe(false);
    await apply();
    expect(await apply()).toEqual({ applied: false });
    expect(await reopenEvent(event.id, NOW)).toBe(true);
    expect(await reopenEvent(event.id, NOW)).toBe(false);
    expect(await apply()).toMatchObject({ applied: true });
  });
});
