import { randomUUID } from "node:crypto";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { getItem, putItem, scanTable } from "../../../lib/aws/dynamodb.ts";
import { queueOf, ROUTED_EVENT_TYPES } from "../../../lib/events/event-queues.ts";
import { type AppliedEvent, recordState, replaceState } from "../../../lib/events/projection.ts";
import { recordedIn } from "../../../lib/events/recorded.ts";
import type { ReadStripe } from "../../../lib/events/resolve-event.ts";
import type { StripeEvent } from "../../../lib/events/stripe-event.ts";
import { surroundingsOf } from "../../../lib/notifications/application-ids.ts";
import { findDrift, fixDrift } from "../../../lib/reconcile/drift.ts";
import { STRIPE_API_VERSION } from "../../../lib/stripe/api-version.ts";
import { TABLES, tableId } from "../../../resources/tables.ts";
import { type StripeEmulator, startStripeEmulator } from "../../../stripe-emulator/index.ts";
import { consumerOf } from "../../steps/consuming.ts";
import { tries } from "../../steps/effort.ts";
import * as given from "../../steps/given.ts";
import { sqsRecord } from "../../steps/sqs-record.ts";

given.localAws();
const log = given.capturedLog();
let stripe: StripeEmulator;
beforeAll(async () => {
  stripe = await startStripeEmulator({ port: 0 });
  Object.assign(process.env, { STRIPE_API_BASE: stripe.url, STRIPE_SECRET_KEY: "sk_test_local" });
});
afterAll(() => stripe.close());

const SECRET = "app-secret-of-the-tests";
afterEach(() => {
  process.env.APP_SECRET = SECRET;
});

const T = 1_795_478_400;
const newId = (prefix: string) => `${prefix}_${randomUUID().replaceAll("-", "")}`;
const nothingAtStripe: ReadStripe = async () => undefined;
const record = (event: StripeEvent, read = nothingAtStripe) =>
  recordState(event, { read, now: () => new Date() });
const recorded = async (objectId: string) => (await getItem("StripeObjectsTable", { objectId })) ?? {};

function anEvent(id: string, created: number, metadata?: Readonly<Record<string, string>>): StripeEvent {
  const object = { id, object: "charge", status: "succeeded", ...(metadata && { metadata }) };
  return {
    ...{ id: newId("evt"), type: "charge.updated", created, livemode: false, previous: {} },
    ...{ apiVersion: STRIPE_API_VERSION, object },
  };
}

/** Where people's data is in Stripe's objects, and where an application or a payer can put it. */
const PLACES: readonly (readonly string[])[] = [
  ...["email", "name", "phone", "description", "receipt_email"].map((field) => [field]),
  ...["customer_email", "customer_name", "customer_phone", "statement_descriptor"].map((field) => [field]),
  ...["name", "email", "phone"].map((field) => ["billing_details", field]),
  ...["city", "line1", "line2", "postal_code"].flatMap((field) => [
    ["address", field],
    ["shipping", "address", field],
    ["customer_address", field],
  ]),
  ["last_payment_error", "payment_method", "billing_details", "email"],
  ["cancellation_details", "comment"],
  ["metadata", "userId"],
  ["metadata", "nickname of the payer"],
];

const somebody = fc.oneof(
  fc.constantFrom("Ada Lovelace", "ada@example.com", "+44 20 7946 0000", "12 Foxglove Terrace"),
  fc.stringMatching(/^[\w@.+ -]{1,40}$/),
);

/** An object of this kind with `mark` at the places; as a key of the metadata, too. */
function marked(object: string, places: readonly (readonly string[])[], mark: string) {
  const made: Record<string, unknown> = {
    id: newId("obj"),
    object,
    status: "open",
    metadata: { [mark]: "1" },
  };
  for (const place of places) {
    let node = made;
    for (const step of place.slice(0, -1)) {
      const below: Record<string, unknown> = { ...Object(node[step]) };
      node[step] = below;
      node = below;
    }
    node[place.at(-1) ?? ""] = mark;
  }
  return made;
}

async function tables(): Promise<string> {
  const items = await Promise.all(TABLES.map((table) => scanTable(tableId(table))));
  return JSON.stringify(items);
}

describe("given events with people's data in any field", () => {
  it("after their consumers have applied them, no table and no log line contains it", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...ROUTED_EVENT_TYPES.filter((type) => !type.endsWith("payment_failed"))),
        fc.subarray([...PLACES], { minLength: 1 }),
        somebody,
        fc.boolean(),
        async (type, places, who, isSecond) => {
          const mark = `${who} ${randomUUID()}`;
          const kind = type.includes("subscription") ? "subscription" : (type.split(".")[0] ?? "");
          const object = marked(kind, places, mark);
          const queue = queueOf(type);
          const consume = await consumerOf(queue);
          for (const created of isSecond ? [T, T + 1] : [T]) {
            const data = { object, previous_attributes: marked(kind, places, mark) };
            const head = { id: newId("evt"), object: "event", type, created, livemode: false };
            const body = JSON.stringify({ ...head, api_version: STRIPE_API_VERSION, data });
            const done = await consume({ Records: [sqsRecord(queue, body)] }, given.lambdaContext(20_000));
            expect({ ...done, log: log.text() }).toMatchObject({ batchItemFailures: [] });
          }
          const id = mark.slice(-36);
          expect(await tables()).not.toContain(id);
          expect(log.text()).not.toContain(id);
          const { state } = await recordedIn(await recorded(String(object.id)));
          expect(state.metadata).toEqual(object.metadata);
        },
      ),
      { numRuns: tries({ sample: 4, whole: 40 }) },
    );
  });
});

describe("given a record of a customer with an address", () => {
  it("the address is sealed for this customer, and opens only for it", async () => {
    const email = "ada@example.com";
    const id = newId("cus");
    const event = anEvent(id, T);
    await record({ ...event, type: "customer.created", object: { id, object: "customer", email } });
    const item = await recorded(id);
    expect(item.email).toMatch(/^sealed:v1:/);
    expect(JSON.stringify(item)).not.toContain(email);
    expect((await recordedIn(item)).state.email).toBe(email);
    const elsewhere = await recordedIn({ ...item, objectId: newId("cus") });
    expect(elsewhere).toMatchObject({ isComplete: false });
    expect(elsewhere.state.email).toBeUndefined();
  });
});

describe("given a record with metadata", () => {
  const metadata = { userId: "ada@example.com", orderId: "1042" };

  it("it is sealed; events, notifications and comparisons read it", async () => {
    const id = newId("ch");
    await record(anEvent(id, T, metadata));
    const item = await recorded(id);
    expect(item.metadata).toMatch(/^sealed:v1:/);
    expect(JSON.stringify(item)).not.toMatch(/ada@|orderId/);
    const late = await record(anEvent(id, T - 1, { old: "yes" }));
    expect(late).toMatchObject({ isStale: true, current: { metadata } });
    const read: ReadStripe = async () => ({ id, object: "charge", status: "succeeded", metadata });
    expect(await findDrift([item], read)).toEqual([]);
    const other: ReadStripe = async () => ({ ...(await read("")), metadata: { ...metadata, orderId: "7" } });
    expect(await findDrift([item], other)).toMatchObject([{ fields: ["metadata"] }]);
  });

  it("a correction of drift seals it, too", async () => {
    const id = newId("ch");
    await record(anEvent(id, T));
    const read: ReadStripe = async () => ({ id, object: "charge", status: "succeeded", metadata });
    const [drift] = await findDrift([await recorded(id)], read);
    if (drift === undefined) throw new Error("No drift was found");
    expect(await fixDrift(drift, new Date())).toBe(true);
    expect((await recorded(id)).metadata).toMatch(/^sealed:v1:/);
    expect(await findDrift([await recorded(id)], read)).toEqual([]);
  });

  it("one in clear, from an earlier release, is still read; the next write seals it", async () => {
    const id = newId("ch");
    await record(anEvent(id, T, metadata));
    await putItem("StripeObjectsTable", { ...(await recorded(id)), metadata });
    expect((await recordedIn(await recorded(id))).state.metadata).toEqual(metadata);
    expect(await record(anEvent(id, T - 1))).toMatchObject({ current: { metadata } });
    const { state } = await recordedIn(await recorded(id));
    await replaceState(id, state, await recorded(id), new Date());
    expect((await recorded(id)).metadata).toMatch(/^sealed:v1:/);
    expect((await recordedIn(await recorded(id))).state).toEqual(state);
  });

  it("an object without metadata needs no secret", async () => {
    const id = newId("ch");
    process.env.APP_SECRET = "";
    await record(anEvent(id, T));
    expect(await record(anEvent(id, T + 1))).toMatchObject({ isStale: false });
  });
});

describe("given metadata that cannot be opened", () => {
  /** Changes after which no secret of ours opens the metadata of the object. */
  const CHANGES: readonly (readonly [what: string, change: (id: string) => Promise<void>])[] = [
    [
      "sealed with a secret that was removed",
      async () => {
        process.env.APP_SECRET = "another-secret-of-the-tests";
      },
    ],
    [
      "moved from another object's record",
      async (id) => {
        const other = newId("ch");
        await record(anEvent(other, T, { orderId: "another's" }));
        await putItem("StripeObjectsTable", { ...(await recorded(other)), objectId: id });
      },
    ],
    [
      "replaced by text",
      async (id) => {
        await putItem("StripeObjectsTable", { ...(await recorded(id)), metadata: "sealed:v1:forged" });
      },
    ],
  ];

  it.each(CHANGES)("%s: events are applied, and notifications read it from Stripe", async (_what, change) => {
    const id = newId("ch");
    const metadata = { orderId: "1042" };
    await record(anEvent(id, T, metadata));
    await change(id);
    const read: ReadStripe = async (path) =>
      path.endsWith(id) ? { id, object: "charge", status: "succeeded", metadata } : undefined;
    expect(await findDrift([await recorded(id)], read)).toEqual([]);

    const refund = { id: newId("re"), object: "refund", status: "succeeded", charge: id };
    const event: StripeEvent = { ...anEvent(id, T), type: "refund.created", object: refund };
    const applied = await record(event);
    if (applied === "gone") throw new Error("The refund was not recorded");
    expect(await surroundingsOf(applied, { read })).toMatchObject({ application: metadata });

    const late: AppliedEvent | "gone" = await record(anEvent(id, T - 1, { orderId: "1041" }));
    expect(late).toMatchObject({ isStale: true, current: { metadata: { orderId: "1041" } } });
    await record(anEvent(id, T + 1, { orderId: "1043" }));
    expect((await recordedIn(await recorded(id))).state.metadata).toEqual({ orderId: "1043" });
  });

  it("while APP_SECRET is rotated, the previous secret still opens it", async () => {
    const id = newId("ch");
    await record(anEvent(id, T, { orderId: "1042" }));
    process.env.APP_SECRET = `another-secret-of-the-tests,${SECRET}`;
    expect((await recordedIn(await recorded(id))).state.metadata).toEqual({ orderId: "1042" });
  });
});
