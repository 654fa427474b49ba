import { randomUUID } from "node:crypto";
import { describe, expect, it } from "@jest/globals";
import type { AuditEntry } from "../../../lib/audit/audit-entry.ts";
import { findEntries } from "../../../lib/audit/query.ts";
import { getItem, putItem } from "../../../lib/aws/dynamodb.ts";
import { eventConsumer } from "../../../lib/events/consume.ts";
import type { QueueMessage } from "../../../lib/events/queue-message.ts";
import { STRIPE_API_VERSION } from "../../../lib/stripe/api-version.ts";
import { queueHandler } from "../../../lib/transport/queue.ts";
import * as given from "../../steps/given.ts";
import { sqsRecord } from "../../steps/sqs-record.ts";
import { timeLeft } from "../../steps/time-left.ts";
import { withFailingDynamoDb } from "../../steps/with-failing-dynamodb.ts";

const dynamodb = withFailingDynamoDb();
const log = given.capturedLog();

const consume = eventConsumer("payment-intent", []);
const EMAIL = "ada@example.com";

/** Without digits: the log scrubs long sequences of them as card numbers. */
const letters = () => randomUUID().replaceAll(/\d/g, (digit) => "ghijklmnop".charAt(Number(digit)));

function aMessage(
  object: object = {},
  created = 1_795_478_400,
): QueueMessage & { eventId: string; intent: string } {
  const eventId = `evt_${letters()}`;
  const intent = `pi_${letters().replaceAll("-", "")}`;
  return {
    eventId,
    intent,
    messageId: `message-of-${eventId}`,
    receiveCount: 1,
    ...timeLeft(5_000),
    body: JSON.stringify({
      id: eventId,
      api_version: STRIPE_API_VERSION,
      type: "payment_intent.succeeded",
      created,
      data: {
        object: {
          id: intent,
          object: "payment_intent",
          status: "succeeded",
          customer: "cus_1",
          receipt_email: EMAIL,
          client_secret: `${intent}_secret_x`,
          ...object,
        },
      },
    }),
  };
}

async function audited(object: string, at = new Date()): Promise<AuditEntry[]> {
  const query = { object, from: new Date(0), to: new Date(at.getTime() + 1_000), limit: 100 };
  return (await findEntries(query, at)).entries;
}

describe("given an event", () => {
  it("its audit entry is found by the ids of the event, the object and the customer", async () => {
    const message = aMessage();
    await consume(message);
    const [entry] = await audited(message.eventId);
    expect(entry).toMatchObject({
      eventType: "webhook.received",
      actor: { id: "stripe", roles: [] },
      resource: { type: "stripe-event", id: message.eventId },
      action: "apply",
      requestId: message.messageId,
      result: "succeeded",
      durationMs: expect.any(Number),
      objects: [message.eventId, message.intent, "cus_1"],
      metadata: {
        inputs: { type: "payment_intent.succeeded", created: 1_795_478_400, receiveCount: 1 },
        outputs: { objectId: message.intent, customerId: "cus_1", status: "succeeded", stale: false },
      },
    });
    expect(await audited(message.intent)).toEqual([entry]);
    expect(await audited("cus_1")).toContainEqual(entry);
  });

  it("its audit entry is found by the charge of the payment, for which Stripe sends no event of its own", async () => {
    const message = aMessage({ latest_charge: "ch_1TheChargeOfThePayment" });
    await consume(message);
    expect(await audited("ch_1TheChargeOfThePayment")).toEqual(await audited(message.eventId));
  });

  it("a second delivery costs two calls and a log line, and leaves no audit entry", async () => {
    const message = aMessage();
    await consume(message);
    dynamodb.reset();
    log.clear();
    await consume({ ...message, receiveCount: 2 });
    expect(dynamodb.requests.map(({ table, operation }) => `${operation} ${table}`)).toEqual([
      "PutItem StripeEventsTable",
      "GetItem StripeEventsTable",
    ]);
    expect(log.text()).toContain('"outcome":"duplicate"');
    expect((await audited(message.eventId)).map(({ result }) => result)).toEqual(["succeeded"]);
  });

  it("its log line shows how long after its creation it was applied, as a metric by type; a copy's line does not", async () => {
    const message = aMessage({}, Math.floor(Date.now() / 1000) - 90);
    log.clear();
    await consume(message);
    await consume({ ...message, receiveCount: 2 });
    const [applied, copy] = log.lines().filter(({ event }) => event === "webhook.applied");
    expect(applied?.LagMs).toBeGreaterThanOrEqual(90_000);
    expect(applied?.LagMs).toBeLessThan(120_000);
    expect(applied?._aws).toMatchObject({
      CloudWatchMetrics: expect.arrayContaining([
        {
          Namespace: "contractspec-stripe",
          Dimensions: [["stage", "eventType"]],
          Metrics: [{ Name: "LagMs", Unit: "Milliseconds" }],
        },
      ]),
    });
    expect(copy).toMatchObject({ outcome: "duplicate" });
    expect(copy).not.toHaveProperty("LagMs");
  });

  it("an event older than the recorded state is recorded as stale", async () => {
    const newer = aMessage();
    await consume(newer);
    const older = aMessage({ id: newer.intent, status: "requires_payment_method" }, 1_795_478_399);
    await consume(older);
    expect(await audited(older.eventId)).toMatchObject([
      { result: "succeeded", metadata: { outputs: { status: "succeeded", stale: true } } },
    ]);
  });

  it("no personal data and no secret is kept", async () => {
    const message = aMessage();
    await consume(message);
    const stored = JSON.stringify([
      await audited(message.eventId),
      dynamodb.requests.filter(({ table }) => table === "AuditLogTable"),
    ]);
    expect(stored).toContain(message.intent);
    expect(stored).not.toMatch(/ada@|_secret_/);
  });
});

describe("given an event that cannot be applied now", () => {
  it("the failure is recorded, and the same failure is reported", async () => {
    const message = aMessage();
    dynamodb.fail({ kind: "internal", table: "StripeObjectsTable", times: 3 });
    await expect(consume(message)).rejects.toMatchObject({ code: "SERVICE_UNAVAILABLE" });
    expect(await audited(message.eventId)).toMatchObject([{ result: "failed", code: "SERVICE_UNAVAILABLE" }]);
    expect(log.lines()).toContainEqual(
      expect.objectContaining({
        ...{ event: "webhook.applied", level: "error", code: "SERVICE_UNAVAILABLE" },
        ...{ customerId: "cus_1", paymentId: message.intent },
      }),
    );
    await consume(message);
    expect((await audited(message.eventId)).map(({ result }) => result)).toEqual(["succeeded", "failed"]);
  });

  it("an event that another consumer holds is left for later, with a log line", async () => {
    const message = aMessage();
    await putItem("StripeEventsTable", {
      eventId: message.eventId,
      state: "processing",
      leaseUntil: Date.now() + 60_000,
    });
    await expect(consume(message)).rejects.toMatchObject({ code: "SERVICE_UNAVAILABLE" });
    expect(log.text()).toContain(message.eventId);
    expect(await audited(message.eventId)).toEqual([]);
  });
});

describe("given 20 copies of an event at once", () => {
  const handle = queueHandler("payment-intent", consume, {
    deliverLater: async () => undefined,
    setAside: () => Promise.reject(new Error("set aside")),
  });
  const delivery = (message: QueueMessage, messageId: string) =>
    handle(
      { Records: [sqsRecord("payment-intent", message.body, { messageId })] },
      given.lambdaContext(10_000),
    );
  const atOnce = (message: QueueMessage, idOf: (copy: number) => string) =>
    Promise.all(Array.from({ length: 20 }, (_, copy) => delivery(message, idOf(copy))));

  it("one is applied, the others are done too, and none is an error", async () => {
    const message = aMessage();
    log.clear();
    const answers = await atOnce(message, (copy) => `m-${copy}`);
    expect(answers.flatMap(({ batchItemFailures }) => batchItemFailures)).toEqual([]);
    const outcomes = log.lines().map(({ level, outcome }) => [level, outcome]);
    expect(outcomes.sort()).toEqual([
      ...Array.from({ length: 19 }, () => ["info", "duplicate"]),
      ["info", "succeeded"],
    ]);
    expect(await getItem("StripeEventsTable", { eventId: message.eventId })).toMatchObject({ state: "done" });
    expect((await audited(message.eventId)).map(({ result }) => result)).toEqual(["succeeded"]);
  });

  it("deliveries of one message come again while it is being applied, and are no errors either", async () => {
    const message = aMessage();
    log.clear();
    await atOnce(message, () => "m-1");
    expect(log.lines().filter(({ level }) => level !== "info")).toEqual([]);
    expect((await delivery(message, "m-1")).batchItemFailures).toEqual([]);
    expect((await audited(message.eventId)).map(({ result }) => result)).toEqual(["succeeded"]);
  });

  it("if applying it fails, its own message is delivered again, and the event is not lost", async () => {
    const message = aMessage();
    dynamodb.fail({ kind: "internal", table: "StripeObjectsTable", times: 3 });
    const answers = await atOnce(message, (copy) => `m-${copy}`);
    const again = answers.flatMap(({ batchItemFailures }) => batchItemFailures);
    const { state } = (await getItem("StripeEventsTable", { eventId: message.eventId })) ?? {};
    expect(state === "done" || again.length > 0).toBe(true);
    for (const { itemIdentifier } of again) await delivery(message, itemIdentifier);
    expect(await getItem("StripeEventsTable", { eventId: message.eventId })).toMatchObject({ state: "done" });
  });
});

describe("given an audit log that cannot be written", () => {
  it("nothing is applied without an audit entry", async () => {
    const message = aMessage();
    dynamodb.fail({ kind: "throttle", table: "AuditLogTable", times: 100 });
    await expect(consume(message)).rejects.toMatchObject({ code: "SERVICE_UNAVAILABLE", retryable: true });
    expect(await getItem("StripeEventsTable", { eventId: message.eventId })).toMatchObject({
      state: "processing",
      leaseUntil: 0,
    });
    expect(await getItem("StripeObjectsTable", { objectId: message.intent })).toBeUndefined();
  });

  it("a message whose ending cannot be written does not count as done, and its entry stays pending until it is delivered again", async () => {
    const message = aMessage();
    dynamodb.fail({ kind: "internal", table: "AuditLogTable", operation: "UpdateItem", times: 6 });
    await expect(consume(message)).rejects.toMatchObject({ code: "SERVICE_UNAVAILABLE" });
    expect(await audited(message.eventId)).toMatchObject([{ result: "pending" }]);
    expect(await audited(message.eventId, new Date(message.deadline + 1))).toMatchObject([
      { result: "interrupted" },
    ]);
    await consume(message);
    expect((await audited(message.eventId)).map(({ result }) => result)).toEqual(["succeeded", "pending"]);
  });

  it("the entry of an applied event says so even if the responses of the inbox are lost, because it is not applied again", async () => {
    const message = aMessage();
    dynamodb.fail({ kind: "reset-after", table: "StripeEventsTable", operation: "UpdateItem", times: 3 });
    await expect(consume(message)).rejects.toMatchObject({ code: "SERVICE_UNAVAILABLE" });
    expect(await getItem("StripeEventsTable", { eventId: message.eventId })).toMatchObject({ state: "done" });
    await consume(message);
    expect((await audited(message.eventId)).map(({ result }) => result)).toEqual(["succeeded"]);
  });

  it("a failure is reported unchanged even if its ending could not be written", async () => {
    const message = aMessage();
    dynamodb.fail({ kind: "internal", table: "StripeObjectsTable", times: 3 });
    dynamodb.fail({ kind: "internal", table: "AuditLogTable", operation: "UpdateItem", times: 3 });
    await expect(consume(message)).rejects.toMatchObject({ code: "SERVICE_UNAVAILABLE" });
    expect(log.text()).toContain("audit.unfinished");
  });
});

describe("given a message that does not contain an event", () => {
  it("it fails and leaves no audit entry", async () => {
    await expect(consume({ ...aMessage(), body: "{}" })).rejects.toMatchObject({ code: "BAD_REQUEST" });
    expect(dynamodb.requests).toEqual([]);
  });
});
