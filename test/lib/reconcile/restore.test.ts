/**
 * Tables that are restored to an earlier moment, as docs/operations.md describes it: after the commands for it, our records are what
 * Stripe has.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from "@jest/globals";
import fc from "fast-check";
import { deleteItem, type Item, putItem, scanTable } from "../../../lib/aws/dynamodb.ts";
import { isSubscribed, queueOf, queueUrlVariable } from "../../../lib/events/event-queues.ts";
import { findDrift } from "../../../lib/reconcile/drift.ts";
import { reconcileNow } from "../../../scripts/events/reconcile.ts";
import { replayEvents } from "../../../scripts/events/replay.ts";
import { readNow } from "../../../scripts/events/stripe-events.ts";
import { type StripeEmulator, startStripeEmulator } from "../../../stripe-emulator/index.ts";
import { consumerOf } from "../../steps/consuming.ts";
import { tries } from "../../steps/effort.ts";
import * as given from "../../steps/given.ts";
import { sqsRecord } from "../../steps/sqs-record.ts";
import { type EmulatedEvent, emulatorClient } from "../../steps/stripe-emulator-client.ts";
import { takenMessages } from "../../steps/taken-messages.ts";

const HOUR_SECONDS = 3_600;
const KEYS = { StripeObjectsTable: "objectId", StripeEventsTable: "eventId" } as const;
type TableName = keyof typeof KEYS;
const TABLES: readonly TableName[] = ["StripeObjectsTable", "StripeEventsTable"];
/** The queues of the events that this test causes. */
const QUEUES = ["payment-intent", "charge"] as const;

given.localAws();
given.capturedLog();
let emulator: StripeEmulator;
let stripe: ReturnType<typeof emulatorClient>;
beforeAll(async () => {
  jest.spyOn(console, "log").mockImplementation(() => undefined);
  // Its events are older than those that still may be on their way.
  emulator = await startStripeEmulator({ port: 0, now: () => Date.now() / 1000 - HOUR_SECONDS });
  stripe = emulatorClient(emulator.url);
  Object.assign(process.env, { STRIPE_API_BASE: emulator.url, STRIPE_SECRET_KEY: "sk_test_local" });
});
beforeEach(() => stripe.control("POST", "reset"));
afterAll(async () => {
  jest.restoreAllMocks();
  await emulator.close();
});

/** Of the types that Stripe is asked for. */
async function apply(event: EmulatedEvent): Promise<void> {
  const queue = queueOf(event.type);
  if (queue === "unrouted" || !isSubscribed(event.type, [])) return;
  await handle(queue, JSON.stringify(event));
}

async function handle(queue: ReturnType<typeof queueOf>, body: string): Promise<void> {
  const consume = await consumerOf(queue);
  const result = await consume({ Records: [sqsRecord(queue, body)] }, given.lambdaContext(20_000));
  expect(result).toEqual({ batchItemFailures: [] });
}

/** The consumers handle what the commands have queued. */
async function consumeAll(): Promise<void> {
  for (const queue of QUEUES) {
    const queueUrl = String(process.env[queueUrlVariable(queue)]);
    for (;;) {
      const messages = await takenMessages(queueUrl);
      if (messages.length === 0) break;
      for (const { body } of messages) await handle(queue, body);
    }
  }
}

type Snapshot = ReadonlyMap<TableName, readonly Item[]>;

async function snapshot(): Promise<Snapshot> {
  return new Map(await Promise.all(TABLES.map(async (table) => [table, await scanTable(table)] as const)));
}

const idsIn = (table: TableName, moment: Snapshot) =>
  (moment.get(table) ?? []).map((item) => item[KEYS[table]]).sort();

/** What a restored table has: exactly the items of that moment. */
async function restore(table: TableName, moment: Snapshot): Promise<void> {
  const key = KEYS[table];
  for (const item of await scanTable(table)) await deleteItem(table, { [key]: item[key] }, {});
  for (const item of moment.get(table) ?? []) await putItem(table, item);
}

/** Each payment ends in another way. */
const ENDS = {
  paid: (id: string) => stripe.pay(id, "pm_card_visa"),
  declined: (id: string) => stripe.pay(id, "pm_card_chargeDeclined").catch(() => undefined),
  canceled: (id: string) => stripe.api(`payment_intents/${id}/cancel`, {}),
  refunded: async (id: string) => {
    await stripe.pay(id, "pm_card_visa");
    await stripe.api("refunds", { payment_intent: id, amount: "100" });
  },
} as const;
type End = keyof typeof ENDS;

const REPAIRS = {
  /** Both tables are of the same moment. */
  both: () => reconcileNow({ action: "reconcile", dryRun: false }, new Date()),
  /** The inbox remembers events that the objects lack. */
  objects: () =>
    replayEvents(
      {
        ...{ action: "replay", eventIds: [], again: true, dryRun: false },
        filter: { since: new Date(Date.now() - 24 * HOUR_SECONDS * 1000) },
      },
      new Date(),
      (line) => console.log(line),
    ),
  /** The objects are ahead of the inbox. */
  inbox: () => reconcileNow({ action: "reconcile", dryRun: false }, new Date()),
} as const;
const RESTORED: Readonly<Record<keyof typeof REPAIRS, readonly TableName[]>> = {
  both: TABLES,
  objects: ["StripeObjectsTable"],
  inbox: ["StripeEventsTable"],
};

const end = fc.constantFrom<End>("paid", "declined", "canceled", "refunded");

describe("given tables that are restored to an earlier moment", () => {
  it.each(["both", "objects", "inbox"] as const)(
    "%s: after the command for it, every object is recorded as Stripe has it, whichever writes were lost",
    async (which) => {
      await fc.assert(
        fc.asyncProperty(fc.array(end, { minLength: 1, maxLength: 4 }), fc.nat(), async (ends, chosen) => {
          await stripe.control("POST", "reset");
          for (const table of TABLES) await restore(table, new Map());
          for (const how of ends) {
            const { id } = await stripe.api("payment_intents", { amount: "4200", currency: "usd" });
            await ENDS[how](id);
          }
          const events = await stripe.eventsSince(0);
          const moment = chosen % (events.length + 1);
          for (const event of events.slice(0, moment)) await apply(event);
          const before = await snapshot();
          for (const event of events.slice(moment)) await apply(event);
          const known = await snapshot();

          for (const table of RESTORED[which]) await restore(table, before);
          await REPAIRS[which]();
          await consumeAll();

          const repaired = await snapshot();
          for (const table of TABLES) expect(idsIn(table, repaired)).toEqual(idsIn(table, known));
          expect(await findDrift(repaired.get("StripeObjectsTable") ?? [], readNow)).toEqual([]);
          const inbox = repaired.get("StripeEventsTable") ?? [];
          expect(inbox.filter(({ state }) => state !== "done")).toEqual([]);
        }),
        { numRuns: tries({ sample: 1, whole: 60 }) },
      );
    },
  );
});
