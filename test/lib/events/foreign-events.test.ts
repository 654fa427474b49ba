/** Events of connected accounts, and of Stripe's other mode: kept as ignored, and nothing else. */
import { randomUUID } from "node:crypto";
import { beforeAll, describe, expect, it } from "@jest/globals";
import { getItem, putItem } from "../../../lib/aws/dynamodb.ts";
import { EVENT_QUEUES } from "../../../lib/events/event-queues.ts";
import { queueOfEvent } from "../../../lib/events/route-event.ts";
import { readQueuedEvent, referenceTo } from "../../../lib/events/stripe-event.ts";
import { STRIPE_API_VERSION } from "../../../lib/stripe/api-version.ts";
import { consumerOf } from "../../steps/consuming.ts";
import * as given from "../../steps/given.ts";
import { sqsRecord } from "../../steps/sqs-record.ts";

given.localAws();
const log = given.capturedLog();
beforeAll(() => {
  // Nothing listens there: a call to Stripe would fail the event.
  Object.assign(process.env, { STRIPE_API_BASE: "http://127.0.0.1:1", STRIPE_SECRET_KEY: "sk_test_local" });
});

const newId = (prefix: string) => `${prefix}_${randomUUID().replaceAll("-", "")}`;

const TYPES = [
  ["payment_intent.canceled", "payment_intent"],
  ["customer.subscription.deleted", "subscription"],
  ["invoice.voided", "invoice"],
  ["refund.failed", "refund"],
  ["customer.deleted", "customer"],
  ["billing.meter.error_report_triggered", "billing.meter"],
  ["account.application.deauthorized", "application"],
] as const;

interface Foreign {
  readonly account?: string;
  readonly livemode: boolean;
}

const FORMS = {
  snapshot: (id: string, type: string, object: string, objectId: string, foreign: Foreign) =>
    JSON.stringify({
      ...{ id, object: "event", api_version: STRIPE_API_VERSION, type, created: 1_795_478_400 },
      ...foreign,
      data: { object: { id: objectId, object, status: "canceled" } },
    }),
  reference: (id: string, type: string, _object: string, _objectId: string, foreign: Foreign) =>
    referenceTo({ id, type, created: 1_795_478_400, ...foreign }),
  thin: (id: string, type: string, object: string, objectId: string, { account, livemode }: Foreign) =>
    JSON.stringify({
      ...{ id, object: "v2.core.event", type: `v1.${type}`, created: "2026-11-24T00:00:00Z", livemode },
      context: account ?? null,
      related_object: { id: objectId, type: object },
    }),
} as const;

async function deliver(body: string): Promise<void> {
  const queued = readQueuedEvent(body);
  if (queued === undefined) throw new Error("This is not an event");
  log.clear();
  const queue = queueOfEvent(queued);
  const consume = await consumerOf(queue);
  const { batchItemFailures } = await consume(
    { Records: [sqsRecord(queue, body)] },
    given.lambdaContext(20_000),
  );
  expect({ body, batchItemFailures, log: log.text() }).toMatchObject({ batchItemFailures: [] });
}

describe("given a test stage", () => {
  const foreign = [
    ["of a connected account", "other-account", { account: "acct_1", livemode: false }],
    ["of a connected account in live mode", "other-account", { account: "acct_1", livemode: true }],
    ["of live mode", "other-mode", { livemode: true }],
  ] as const;

  it.each(foreign)(
    "an event %s is kept as ignored, in every queue and form",
    async (_what, reason, where) => {
      const queues = new Set<string>();
      for (const [type, object] of TYPES) {
        for (const form of Object.values(FORMS)) {
          const [id, objectId] = [newId("evt"), newId("obj")];
          await deliver(form(id, type, object, objectId, where));
          const item = await getItem("StripeEventsTable", { eventId: id });
          expect(item).toMatchObject({ state: "ignored", reason, type });
          queues.add(String(item?.queue));
          expect(await getItem("StripeObjectsTable", { objectId })).toBeUndefined();
          const [line] = log.lines().filter(({ event }) => event === "webhook.applied");
          expect(line).toMatchObject({ level: "info", outcome: "ignored", reason, EventsIgnored: 1 });
        }
      }
      expect([...queues].sort()).toEqual([...EVENT_QUEUES].sort());
    },
  );

  it("it does not close a failed payment with the same id", async () => {
    const paymentId = newId("pi");
    await putItem("FailedPaymentsTable", { paymentId, status: "open", attempts: 1 });
    const where = { account: "acct_1", livemode: false };
    await deliver(
      FORMS.snapshot(newId("evt"), "payment_intent.canceled", "payment_intent", paymentId, where),
    );
    expect(await getItem("FailedPaymentsTable", { paymentId })).toMatchObject({ status: "open" });
  });

  it("a copy of it is ignored too, and an event of our own account is applied", async () => {
    const [id, objectId] = [newId("evt"), newId("pi")];
    const own = FORMS.snapshot(id, "payment_intent.canceled", "payment_intent", objectId, {
      livemode: false,
    });
    const other = FORMS.snapshot(newId("evt"), "payment_intent.canceled", "payment_intent", objectId, {
      livemode: true,
    });
    await deliver(other);
    await deliver(other);
    await deliver(own);
    expect(await getItem("StripeEventsTable", { eventId: id })).toMatchObject({ state: "done" });
    expect(await getItem("StripeObjectsTable", { objectId })).toMatchObject({ eventId: id });
  });
});

describe("given the stage prod", () => {
  it("an event of test mode is kept as ignored, and one of live mode is applied", async () => {
    process.env.STAGE = "prod";
    try {
      const fates = [];
      for (const livemode of [false, true]) {
        const id = newId("evt");
        const type = "payment_intent.canceled";
        await deliver(FORMS.snapshot(id, type, "payment_intent", newId("pi"), { livemode }));
        fates.push((await getItem("StripeEventsTable", { eventId: id }))?.state);
      }
      expect(fates).toEqual(["ignored", "done"]);
    } finally {
      process.env.STAGE = "dev";
    }
  });
});
