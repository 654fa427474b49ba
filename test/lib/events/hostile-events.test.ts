/** Events whose objects contain names and numbers that break careless code. Everything in them was set by somebody else. */
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { getItem } from "../../../lib/aws/dynamodb.ts";
import { queueOf, ROUTED_EVENT_TYPES } from "../../../lib/events/event-queues.ts";
import { recordedIn } from "../../../lib/events/recorded.ts";
import { STRIPE_API_VERSION } from "../../../lib/stripe/api-version.ts";
import { type StripeEmulator, startStripeEmulator } from "../../../stripe-emulator/index.ts";
import { anyJson, HOSTILE_NAMES } from "../../steps/any-json.ts";
import { consumerOf } from "../../steps/consuming.ts";
import { tries } from "../../steps/effort.ts";
import * as given from "../../steps/given.ts";
import { sqsRecord } from "../../steps/sqs-record.ts";
import { emulatorClient } from "../../steps/stripe-emulator-client.ts";

given.localAws();
const log = given.capturedLog();
let stripe: StripeEmulator;
beforeAll(async () => {
  stripe = await startStripeEmulator({ port: 0 });
  Object.assign(process.env, { STRIPE_API_BASE: stripe.url, STRIPE_SECRET_KEY: "sk_test_local" });
});
afterAll(async () => {
  await stripe.close();
});

/** The kind of the object that events of this type are about. */
function kindOf(type: string): string {
  const [first = "", second = ""] = type.split(".");
  return second === "subscription" || second === "dispute" ? second : first;
}

/** Delivers the JSON to the queue of its type, and rejects if it would be delivered again. */
async function deliver(type: string, json: string): Promise<void> {
  log.clear();
  const queue = queueOf(type);
  const consume = await consumerOf(queue);
  const { batchItemFailures } = await consume(
    { Records: [sqsRecord(queue, json)] },
    given.lambdaContext(20_000),
  );
  if (batchItemFailures.length > 0) throw new Error(`${json}\nfailed: ${log.text()}`);
}

const newId = (prefix: string) => `${prefix}_${randomUUID().replaceAll("-", "")}`;

/** Every field that anything reads from an object, and some that nothing reads. */
const FIELDS = [
  ...[
    "status",
    "amount",
    "amount_due",
    "amount_remaining",
    "amount_refunded",
    "currency",
    "customer",
    "items",
  ],
  ...["last_payment_error", "latest_charge", "attempt_count", "parent", "failure_code", "payment_intent"],
  ...[
    "charge",
    "reason",
    "metadata",
    "email",
    "deleted",
    "pause_collection",
    "description",
    ...HOSTILE_NAMES,
  ],
] as const;
/** Values of the right shape, so that the code gets further, around any JSON. */
const shaped = fc.oneof(
  anyJson.value,
  anyJson.fields.map((metadata) => ({ data: [{ current_period_end: 1e40, metadata }], metadata })),
  anyJson.value.map((value) => ({ id: value, subscription_details: { subscription: value }, code: value })),
);
const anObject = fc
  .array(fc.tuple(fc.constantFrom(...FIELDS), shaped), { maxLength: 12 })
  .map((entries) => Object.fromEntries(entries));

describe("given an event with any JSON in its object", () => {
  it("its consumer applies it", async () => {
    await fc.assert(
      fc.asyncProperty(
        // The mails about a failed payment need an amount that is one.
        fc.constantFrom(...ROUTED_EVENT_TYPES.filter((type) => !type.endsWith("payment_failed"))),
        fc.record({ object: anObject, previous: anyJson.fields, metadata: anyJson.fields }),
        async (type, { object, previous, metadata }) => {
          const [id, objectId] = [newId("evt"), newId("obj")];
          const kept = { ...object, id: objectId, object: kindOf(type) };
          const data = { object: { metadata, ...kept }, previous_attributes: previous };
          const event = { id, object: "event", type, created: 1_795_478_400, livemode: false, data };
          await deliver(type, JSON.stringify({ ...event, api_version: STRIPE_API_VERSION }));
          expect(await getItem("StripeEventsTable", { eventId: id })).toMatchObject({ state: "done" });
          expect(await getItem("StripeObjectsTable", { objectId })).toMatchObject({ eventId: id });
        },
      ),
      { numRuns: tries({ sample: 5, whole: 40 }) },
    );
  });

  it.each(["constructor", "__proto__", "toString", "valueOf", "hasOwnProperty"])(
    "a kind of object that is named %s is recorded like any other kind",
    async (object) => {
      const [id, objectId] = [newId("evt"), newId("obj")];
      const type = "payment_intent.created";
      const data = { object: { id: objectId, object, status: "open" } };
      const event = { id, type, created: 1_795_478_400, api_version: STRIPE_API_VERSION, data };
      await deliver(type, JSON.stringify(event));
      expect(await getItem("StripeObjectsTable", { objectId })).toMatchObject({ status: "open" });
    },
  );
});

describe("given metadata with hostile names, set at Stripe", () => {
  it("every event of the payment is applied, and the record has the metadata", async () => {
    const client = emulatorClient(stripe.url);
    const names = HOSTILE_NAMES.filter((name) => /^\w+$/.test(name));
    const form = Object.fromEntries(names.map((name) => [`metadata[${name}]`, `the ${name}`]));
    const metadata = Object.fromEntries(names.map((name) => [name, `the ${name}`]));
    const intent = await client.api("payment_intents", { ...form, amount: "4200", currency: "usd" });
    expect(intent.metadata).toEqual(metadata);
    await client.pay(intent.id, "4242424242424242");
    await client.api("refunds", { payment_intent: intent.id });
    const events = (await client.eventsSince(0)).filter(({ type }) => queueOf(type) !== "unrouted");
    for (const event of events) await deliver(event.type, JSON.stringify(event));
    expect(events.length).toBeGreaterThan(3);
    const item = await getItem("StripeObjectsTable", { objectId: intent.id });
    expect((await recordedIn(item ?? {})).state.metadata).toEqual(metadata);
  });
});
