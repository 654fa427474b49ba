/** Usage from the caller, through its queue, to Stripe's meters: counted once, never lost, and reported if Stripe refuses it. */
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { SNSClient, SubscribeCommand } from "@aws-sdk/client-sns";
import { CreateQueueCommand, SQSClient } from "@aws-sdk/client-sqs";
import { beforeAll, describe, expect, it } from "@jest/globals";
import { Ajv2020 } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { handler as consumer } from "../../../functions/on-usage-event/handler.ts";
import { handler } from "../../../generated/handlers/stripe-record-usage.ts";
import { getItem } from "../../../lib/aws/dynamodb.ts";
import { deadLetterUrl } from "../../../lib/events/event-queues.ts";
import { tries } from "../../steps/effort.ts";
import * as given from "../../steps/given.ts";
import { sqsRecord } from "../../steps/sqs-record.ts";
import { callOf, keyOf, stripeOfTheFile } from "../../steps/stripe-capability.ts";
import { takenMessages } from "../../steps/taken-messages.ts";

const aws = given.localAws();
const log = given.capturedLog();
const stripe = stripeOfTheFile();
const record = callOf(handler, "stripe-record-usage");

let applicationQueue = "";
beforeAll(async () => {
  const [sqs, sns] = [new SQSClient({}), new SNSClient({})];
  await sqs.send(new CreateQueueCommand({ QueueName: "application" }));
  applicationQueue = `${aws.endpoints.sqs}/000000000000/application`;
  await sns.send(
    new SubscribeCommand({
      TopicArn: process.env.NOTIFICATIONS_TOPIC_ARN,
      Protocol: "sqs",
      Endpoint: "arn:aws:sqs:us-east-1:000000000000:application",
      Attributes: { RawMessageDelivery: "true" },
    }),
  );
  sqs.destroy();
  sns.destroy();
});

const ajv = new Ajv2020({ strict: false });
addFormats.default(ajv);
const isNotification = ajv.compile(JSON.parse(readFileSync("docs/notification.schema.json", "utf8")));

const usageQueue = () => process.env.USAGE_EVENTS_QUEUE_URL ?? "";

const taken = async (queueUrl: string) => (await takenMessages(queueUrl)).map(({ body }) => body);

/** Hands everything in the queue to the consumer. Returns the messages that must be delivered again. */
async function consumed(bodies?: readonly string[]): Promise<string[]> {
  const Records = (bodies ?? (await taken(usageQueue()))).map((body) => sqsRecord("usage", body));
  const { batchItemFailures } = await consumer({ Records }, given.lambdaContext(20_000));
  const failed = new Set(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
  return Records.filter(({ messageId }) => failed.has(messageId)).map(({ body }) => body);
}

/** What the application was told since the last call. */
async function told() {
  const notifications = (await taken(applicationQueue)).map((body) => JSON.parse(body));
  for (const one of notifications) expect([isNotification(one), isNotification.errors]).toEqual([true, null]);
  return notifications;
}

const aCustomer = async () => (await stripe.api.customers.create({ email: "ada@example.com" })).id;

async function aMeter(fields: object = {}) {
  const meter = await stripe.api.billing.meters.create({
    display_name: "Calls",
    event_name: `calls_${randomUUID()}`,
    default_aggregation: { formula: "sum" },
    ...fields,
  });
  const used = async (customer: string) => {
    const now = Math.floor(Date.now() / 1000);
    const { data } = await stripe.api.billing.meters.listEventSummaries(meter.id, {
      customer,
      start_time: now - 40 * 86_400,
      end_time: now + 86_400,
    });
    return data[0]?.aggregated_value;
  };
  return { ...meter, meter: meter.event_name, used };
}

describe("given a meter", () => {
  it("usage arrives there once, however often it is recorded with its identifier", async () => {
    const [customerId, { meter, used }] = [await aCustomer(), await aMeter()];
    const usage = { customerId, meter, quantity: 5, identifier: `order-${randomUUID()}` };
    const response = await record(usage);
    expect(response).toMatchObject({
      status: 200,
      body: { accepted: true, identifier: usage.identifier },
    });
    expect(await record(usage)).toMatchObject({ status: 200, body: response.body });
    expect(await consumed()).toEqual([]);
    expect(await used(customerId)).toBe(5);
    expect((await record(usage)).status).toBe(200);
    expect(await taken(usageQueue())).toEqual([]);
    expect(await getItem("UsageRecordsTable", { identifier: usage.identifier })).toMatchObject({
      state: "sent",
      sentAt: expect.any(String),
    });
  });

  it("without an identifier, each call is other usage, and a repeated call is the same", async () => {
    const [customerId, { meter, used }] = [await aCustomer(), await aMeter()];
    const key = randomUUID();
    const first = await record({ customerId, meter, quantity: 2 }, { key });
    expect(await record({ customerId, meter, quantity: 2 }, { key })).toMatchObject({ body: first.body });
    await record({ customerId, meter, quantity: 3 });
    await consumed();
    expect(await used(customerId)).toBe(5);
  });

  it("usage counts at the time when it occurred, also if it is sent later", async () => {
    const [customerId, { meter, id }] = [await aCustomer(), await aMeter()];
    const occurred = Math.floor(Date.now() / 1000) - 20 * 86_400;
    await record({ customerId, meter, quantity: 5, occurredAt: new Date(occurred * 1000).toISOString() });
    await consumed();
    const { data } = await stripe.api.billing.meters.listEventSummaries(id, {
      customer: customerId,
      start_time: occurred - 60,
      end_time: occurred + 60,
    });
    expect(data).toMatchObject([{ aggregated_value: 5 }]);
  });

  it("a meter that names the customer and the value differently gets them by its own names", async () => {
    const { meter, used } = await aMeter({
      customer_mapping: { event_payload_key: "who", type: "by_id" },
      value_settings: { event_payload_key: "tokens" },
    });
    const customerId = await aCustomer();
    await record({ customerId, meter, quantity: 7 });
    expect([await consumed(), await used(customerId)]).toEqual([[], 7]);
  });

  it("an identifier of other usage is refused, and nothing more is counted", async () => {
    const [customerId, { meter, used }] = [await aCustomer(), await aMeter()];
    const usage = { customerId, meter, quantity: 5, identifier: `order-${randomUUID()}` };
    await record(usage);
    for (const other of [{ quantity: 6 }, { customerId: await aCustomer() }, { meter: "other" }])
      expect(await record({ ...usage, ...other })).toMatchObject({
        status: 409,
        body: { code: "CONFLICT", issues: [{ path: "identifier" }] },
      });
    await consumed();
    expect(await used(customerId)).toBe(5);
  });
});

describe("given that Stripe is away", () => {
  it("usage is accepted, waits, and is counted once when Stripe is back, even if its response was lost before", async () => {
    const [customerId, { meter, used }] = [await aCustomer(), await aMeter()];
    await stripe.orderFaults({ kind: "status", status: 503, times: 50 });
    expect((await record({ customerId, meter, quantity: 5 })).status).toBe(200);
    const waiting = await consumed();
    expect(waiting).toHaveLength(1);
    await stripe.takeBackFaults();
    await stripe.orderFaults({
      kind: "reset_after_commit",
      times: 2,
      match: { method: "POST", path: "/v1/billing/meter_events" },
    });
    expect(await consumed(waiting)).toEqual(waiting);
    await stripe.takeBackFaults();
    log.clear();
    expect(await consumed([...waiting, ...waiting])).toEqual([]);
    expect(await used(customerId)).toBe(5);
    // The copy reaches Stripe no more: after a day, Stripe would not recognize it.
    const outcomes = log.lines().flatMap(({ event, outcome }) => (event === "usage.sent" ? [outcome] : []));
    expect(outcomes).toEqual(["succeeded", "duplicate"]);
  });
});

describe("given usage that Stripe does not take", () => {
  it.each<[string, () => Promise<{ customerId: string; meter: string }>, string]>([
    [
      "of a meter that does not exist",
      async () => ({ customerId: await aCustomer(), meter: `none_${randomUUID()}` }),
      "no_meter",
    ],
    [
      "of a customer that does not exist",
      async () => ({ customerId: `cus_${randomUUID().slice(0, 8)}`, meter: (await aMeter()).meter }),
      "meter_event_customer_not_found",
    ],
  ])("%s, the application is told once, and the message is set aside", async (_what, wrong, reason) => {
    const usage = { ...(await wrong()), quantity: 5, identifier: `order-${randomUUID()}` };
    expect((await record(usage)).status).toBe(200);
    const bodies = await taken(usageQueue());
    expect(await consumed(bodies)).toEqual([]);
    expect(await taken(deadLetterUrl(usageQueue()))).toEqual(expect.arrayContaining(bodies));
    expect(await told()).toMatchObject([
      {
        type: "usage.refused",
        object: {
          type: "usage",
          id: usage.identifier,
          status: "refused",
          reason,
          customerId: usage.customerId,
          meter: usage.meter,
          quantity: 5,
        },
      },
    ]);
    expect(log.lines()).toContainEqual(
      expect.objectContaining({ event: "usage.refused", reason, UsageRefused: 1 }),
    );
    await consumed(bodies);
    expect(await told()).toEqual([]);
  });

  it("when what was wrong is corrected, the dead letter and a repeated call both count it, once", async () => {
    const [customerId, name] = [await aCustomer(), `late_${randomUUID()}`];
    const usage = { customerId, meter: name, quantity: 5, identifier: `order-${randomUUID()}` };
    await record(usage);
    const bodies = await taken(usageQueue());
    await consumed(bodies);
    const { used } = await aMeter({ event_name: name });
    expect((await record(usage)).status).toBe(200);
    expect(await consumed([...bodies, ...(await taken(usageQueue()))])).toEqual([]);
    expect(await used(customerId)).toBe(5);
    await told();
  });

  it("usage that is too old when it is sent is refused", async () => {
    const [customerId, { meter }] = [await aCustomer(), await aMeter()];
    const almost = new Date(Date.now() - 35 * 86_400_000 + 60_000).toISOString();
    await record({ customerId, meter, quantity: 5, occurredAt: almost });
    const [body = ""] = await taken(usageQueue());
    const older = JSON.stringify({
      ...JSON.parse(body),
      occurredAt: Math.floor(Date.now() / 1000) - 36 * 86_400,
    });
    await consumed([older]);
    expect(await told()).toMatchObject([{ object: { reason: "timestamp_too_far_in_past" } }]);
  });

  it("what Stripe reports later, by a thin event, is told to the application, once", async () => {
    const [customerId, { meter, id }] = [await aCustomer(), await aMeter()];
    await record({ customerId, meter, quantity: 5 });
    await consumed();
    const again = { customerId, meter, quantity: 6, identifier: `order-${randomUUID()}` };
    await record(again);
    await stripe.api.billing.meters.deactivate(id);
    // The consumer still remembers the meter, so Stripe is the first to notice.
    expect(await consumed()).toEqual([]);
    const { events } = await stripe.control("GET", "events");
    const report = events.map(({ event }: { event: { type: string } }) => event).at(-1);
    expect(report.type).toBe("v1.billing.meter.error_report_triggered");
    const eventId = report.id.replace("evt_", "evt_test_61");
    const thin = JSON.stringify({
      id: eventId,
      object: "v2.core.event",
      type: report.type,
      created: new Date(report.created * 1000).toISOString(),
      livemode: false,
      related_object: { id, type: "billing.meter", url: `/v1/billing/meters/${id}` },
    });
    expect(await consumed([thin, thin])).toEqual([]);
    expect(await told()).toMatchObject([
      { type: "usage.refused", object: { id: again.identifier, reason: "archived_meter", quantity: 6 } },
    ]);
    expect(await getItem("StripeEventsTable", { eventId })).toMatchObject({ state: "done" });
  });
});

describe("given the limit of a month", () => {
  it("parallel records never exceed it, and a refused one can be recorded in part", async () => {
    const [customerId, { meter, used }] = [await aCustomer(), await aMeter()];
    const fitting = tries({ sample: 4, whole: 10 });
    const responses = await Promise.all(
      Array.from({ length: 3 * fitting }, () =>
        record({ customerId, meter, quantity: 1_000_000_000 / fitting }),
      ),
    );
    const statuses = responses.map(({ status }) => status);
    expect(statuses.filter((status) => status === 200)).toHaveLength(fitting);
    expect(statuses.filter((status) => status === 429)).toHaveLength(2 * fitting);
    expect((await record({ customerId, meter, quantity: 1 })).body.detail).toContain("limit of a month");
    for (let n = 0; n < 3; n++) await consumed();
    expect(await used(customerId)).toBe(1_000_000_000);
  });
});

describe("given inputs that are known to be wrong", () => {
  const usage = { customerId: "cus_1", meter: "calls", quantity: 5 };
  const at = (seconds: number) => new Date(Date.now() + seconds * 1000).toISOString();
  it.each<[string, object, string]>([
    ["half a unit", { quantity: 0.5 }, "quantity"],
    ["less than nothing", { quantity: -1 }, "quantity"],
    ["a name with a blank", { meter: "api calls" }, "meter"],
    ["a name that is too long", { meter: "m".repeat(101) }, "meter"],
    ["an identifier that is too long", { identifier: "i".repeat(101) }, "identifier"],
    ["an empty identifier", { identifier: "" }, "identifier"],
    ["a customer that is no id", { customerId: "ada" }, "customerId"],
    ["a time that is none", { occurredAt: "yesterday" }, "occurredAt"],
    ["usage that is too old", { occurredAt: at(-36 * 86_400) }, "occurredAt"],
    ["usage of tomorrow", { occurredAt: at(86_400) }, "occurredAt"],
  ])("%s is refused at its field, and nothing is queued", async (_what, fields, path) => {
    const response = await record({ ...usage, ...fields });
    expect([response.status, response.body.issues[0].path]).toEqual([422, path]);
    expect(await taken(usageQueue())).toEqual([]);
  });

  it("a principal that acts for one customer records usage of that customer only", async () => {
    const authorizer = keyOf("billing", "cus_own");
    expect((await record({ ...usage, customerId: "cus_own" }, { authorizer })).status).toBe(200);
    expect((await record(usage, { authorizer })).status).toBe(403);
    await taken(usageQueue());
  });

  it("a message that is neither usage nor a report is not applied", async () => {
    expect(await consumed(['{"object":"contractspec.usage","meter":"calls"}'])).toHaveLength(1);
  });
});
