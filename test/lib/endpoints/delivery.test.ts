/** Notifications over HTTPS: from the topic through both queues to receivers on this machine, over plain HTTP. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { Webhook } from "standardwebhooks";
import { deleteItem, scanTable } from "../../../lib/aws/dynamodb.ts";
import { receiveMessages } from "../../../lib/aws/sqs.ts";
import { checkEndpoints } from "../../../lib/endpoints/check-endpoints.ts";
import { deliver } from "../../../lib/endpoints/deliver.ts";
import { deliveriesOf } from "../../../lib/endpoints/delivery-table.ts";
import type { Endpoint } from "../../../lib/endpoints/endpoint.ts";
import {
  DAYS_UNTIL_DISABLED,
  FAILURES_UNTIL_BROKEN,
  MS_UNTIL_BROKEN,
} from "../../../lib/endpoints/endpoint-health.ts";
import {
  createEndpoint,
  disableEndpoint,
  enableEndpoint,
  findEndpoint,
  rotateSecret,
} from "../../../lib/endpoints/endpoint-table.ts";
import { fanOut } from "../../../lib/endpoints/fan-out.ts";
import { notificationsBetween, replayNotification } from "../../../lib/endpoints/replay.ts";
import { RETRY_SECONDS } from "../../../lib/endpoints/retry-schedule.ts";
import { LaterMessage, RefusedMessage } from "../../../lib/events/redelivery.ts";
import { publishNotification } from "../../../lib/notifications/publish-notification.ts";
import { startConsumers, until } from "../../steps/consuming.ts";
import * as given from "../../steps/given.ts";
import { subscribeToNotifications } from "../../steps/notification-queue.ts";
import { accept, type Receiver, startReceiver, status } from "./receiver.ts";

const aws = given.localAws();
const log = given.capturedLog();
const SECRETS = ["app-secret-of-the-tests"];
const START = new Date("2026-11-27T10:00:00Z");
const DAY_MS = 24 * 60 * 60 * 1000;

let receiver: Receiver;
let number = 0;
beforeAll(async () => {
  process.env.LOOPBACK_ENDPOINTS = "allowed";
  receiver = await startReceiver();
  await subscribeToNotifications(aws.endpoints.sns);
});
beforeEach(() => {
  receiver.respond = accept;
  receiver.received.length = 0;
});
afterEach(async () => {
  for (const { endpointId } of await scanTable(String(process.env.ENDPOINTS_TABLE)))
    await deleteItem(String(process.env.ENDPOINTS_TABLE), { endpointId }, {});
  await queued();
});
afterAll(async () => {
  await receiver.close();
  delete process.env.LOOPBACK_ENDPOINTS;
});

const create = (types: readonly string[] = [], url = receiver.url) =>
  createEndpoint({ url, types }, { now: START, appSecrets: SECRETS, loopback: true });

/** Of every notification here. Long enough, or with a mark, so that neither sealed texts nor ids have it by chance. */
const ITS_CONTENT = /orderId|payment_intent|currency|naïve|1042\\*"|amount\\*":|pi_\d+\\*"/;
const aNotification = (type = "payment.succeeded") => {
  number += 1;
  return {
    ...{ version: 1, id: `evt_${number}`, type, occurredAt: "2026-11-27T10:00:00.000Z", livemode: false },
    object: {
      type: "payment_intent",
      id: `pi_${number}`,
      status: "succeeded",
      amount: 4200,
      currency: "eur",
    },
    application: { orderId: "1042", note: "naïve ☕" },
  };
};

/** A message as the functions get it, at this time. */
const messageOf = (body: string, at: Date) => ({
  ...{ messageId: `message-${number}-${at.getTime()}`, body, receiveCount: 1 },
  ...{ now: () => at, deadline: at.getTime() + 19_000 },
});

/** The bodies in the queue `delivery`, which are removed from it. */
async function queued(): Promise<string[]> {
  const found: string[] = [];
  for (;;) {
    const messages = await receiveMessages(String(process.env.DELIVERY_EVENTS_QUEUE_URL), 600, 0);
    if (messages.length === 0) return found;
    found.push(...messages.map(({ body }) => body));
  }
}

const referenceTo = (notificationId: string, { endpointId }: Pick<Endpoint, "endpointId">) =>
  JSON.stringify({ notificationId, endpointId });

/** Fans a notification out, without the queues. */
async function fannedOut(notification = aNotification(), at = START) {
  await fanOut(messageOf(JSON.stringify(notification), at));
  return notification;
}

/** What the consumer throws, at this time; undefined if the message is done. */
const delivering = (body: string, at: Date) =>
  deliver(messageOf(body, at)).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );

async function logOf(notificationId: string, { endpointId }: Pick<Endpoint, "endpointId">) {
  const { deliveries } = await deliveriesOf(notificationId);
  return deliveries.find((delivery) => delivery.endpointId === endpointId);
}

const checked = (at: Date, tell: (endpoint: Endpoint) => Promise<void> = async () => undefined) => {
  const counts = { released: 0, told: 0 };
  return checkEndpoints({ now: () => at, hasTime: () => true, tell }, counts).then(() => counts);
};

describe("given endpoints for some types", () => {
  it("a published notification reaches those that want its type, as it was published, with a valid signature", async () => {
    const [payments, all, invoices] = [
      await create(["payment.*"], `${receiver.url}/payments`),
      await create([], `${receiver.url}/all`),
      await create(["invoice.paid"], `${receiver.url}/invoices`),
    ];
    const notification = aNotification();
    const consumers = startConsumers(["notification", "delivery"]);
    try {
      await publishNotification(notification);
      await until("both have it", async () => receiver.received.length === 2);
    } finally {
      await consumers.stop();
    }
    const paths = receiver.received.map(({ path }) => path).sort();
    expect(paths).toEqual(["/notifications/all", "/notifications/payments"]);
    for (const { path, headers, body } of receiver.received) {
      const { secret } = path.endsWith("all") ? all : payments;
      expect(body).toBe(JSON.stringify(notification));
      expect(headers["webhook-id"]).toBe(notification.id);
      expect(headers["content-type"]).toBe("application/json; charset=utf-8");
      expect(new Webhook(secret).verify(body, headersOf(headers))).toEqual(notification);
      expect(() => new Webhook(invoices.secret).verify(body, headersOf(headers))).toThrow();
    }
    expect((await logOf(notification.id, all.endpoint))?.attempts).toMatchObject([{ result: "204" }]);
    expect(await logOf(notification.id, invoices.endpoint)).toBeUndefined();
    expect(log.text()).not.toContain("whsec_");
    expect(log.text()).not.toMatch(ITS_CONTENT);
  });

  it("a message that no function of this stage has published is refused", async () => {
    const { handler } = await import("../../../functions/on-notification-event/handler.ts");
    const { sqsRecord } = await import("../../steps/sqs-record.ts");
    await create();
    const record = sqsRecord("notification", JSON.stringify(aNotification()), { attributes: {} });
    const { batchItemFailures } = await handler({ Records: [record] }, given.lambdaContext());
    expect(batchItemFailures).toEqual([{ itemIdentifier: record.messageId }]);
    expect(await queued()).toEqual([]);
  });

  it("a notification that is published twice is sent once, if the first one was accepted before", async () => {
    const { endpoint } = await create();
    const notification = await fannedOut();
    expect(await queued()).toHaveLength(1);
    await fannedOut({ ...notification, application: { orderId: "other", note: "" } });
    const [message = ""] = await queued();
    expect(await delivering(message, START)).toBeUndefined();
    expect(await delivering(message, START)).toBeUndefined();
    await fannedOut(notification);
    expect(await queued()).toEqual([]);
    expect(receiver.received.map(({ body }) => body)).toEqual([JSON.stringify(notification)]);
    expect((await logOf(notification.id, endpoint))?.status).toBe("delivered");
  });

  it("what is stored of a notification cannot be read without APP_SECRET", async () => {
    const { secret } = await create();
    await fannedOut();
    const stored = await Promise.all(
      [process.env.NOTIFICATION_DELIVERIES_TABLE, process.env.ENDPOINTS_TABLE].map((table) =>
        scanTable(String(table)),
      ),
    );
    expect(JSON.stringify(stored)).not.toMatch(ITS_CONTENT);
    expect(JSON.stringify(stored)).not.toContain(secret.slice(6, 20));
  });
});

describe("given an endpoint that does not accept", () => {
  it.each([
    ["500", status(500)],
    ["404", status(404)],
    ["302", status(302, { location: "http://localhost/elsewhere" })],
    ["connection failed", (response: { destroy(): void }) => response.destroy()],
  ])("%s is noted, and the same body is sent again with the same id", async (result, respond) => {
    const { endpoint, secret } = await create();
    const { id } = await fannedOut();
    const message = referenceTo(id, endpoint);
    receiver.respond = respond;
    const thrown = await delivering(message, START);
    expect(thrown).toBeInstanceOf(LaterMessage);
    expect(await logOf(id, endpoint)).toMatchObject({ status: "waiting", failed: 1, attempts: [{ result }] });

    receiver.respond = accept;
    expect(await delivering(message, new Date(START.getTime() + 5_000))).toBeUndefined();
    const [first, second] = receiver.received;
    expect(receiver.received).toHaveLength(2);
    expect(second?.body).toBe(first?.body);
    expect(second?.headers["webhook-id"]).toBe(first?.headers["webhook-id"]);
    expect(Number(second?.headers["webhook-timestamp"])).toBe(START.getTime() / 1000 + 5);
    expect(verifiedAt(secret, second?.headers, second?.body)).toBe(true);
    expect(await findEndpoint(endpoint.endpointId)).toMatchObject({ failures: 0 });
    expect(log.lines().every(({ level }) => level === "info")).toBe(true);
  });

  it("a response that does not come in time is a failure, and so is one that begins and never ends its headers", async () => {
    const { endpoint } = await create();
    const { id } = await fannedOut();
    receiver.respond = () => undefined;
    const message = { ...messageOf(referenceTo(id, endpoint), START), deadline: START.getTime() + 6_100 };
    await expect(deliver(message)).rejects.toBeInstanceOf(LaterMessage);
    expect((await logOf(id, endpoint))?.attempts).toMatchObject([{ result: "timeout" }]);
  });

  it("of a response, only its status is read: one without an end is accepted", async () => {
    const { endpoint } = await create();
    const { id } = await fannedOut();
    let isClosed = false;
    receiver.respond = (response) => {
      response.writeHead(200);
      const more = setInterval(() => response.write("x".repeat(1_000_000)), 1);
      response.on("close", () => {
        clearInterval(more);
        isClosed = true;
      });
    };
    expect(await delivering(referenceTo(id, endpoint), START)).toBeUndefined();
    await until("the connection is closed", async () => isClosed);
  });

  it("Retry-After is followed, up to an hour", async () => {
    const { endpoint } = await create();
    const delays: number[] = [];
    for (const asked of ["600", "86400"]) {
      const { id } = await fannedOut();
      receiver.respond = status(429, { "retry-after": asked });
      const thrown = await delivering(referenceTo(id, endpoint), START);
      if (thrown instanceof LaterMessage) delays.push(thrown.seconds);
    }
    expect(delays).toEqual([600, 3600]);
  });

  it("after three days it is given up, and begins again when it is redriven", async () => {
    const { endpoint } = await create();
    const { id } = await fannedOut();
    const message = referenceTo(id, endpoint);
    receiver.respond = status(500);
    expect(await delivering(message, START)).toBeInstanceOf(LaterMessage);
    const end = new Date(START.getTime() + RETRY_SECONDS * 1000);
    expect(await delivering(message, end)).toBeInstanceOf(RefusedMessage);
    expect(await logOf(id, endpoint)).toMatchObject({ status: "given-up" });
    expect(await delivering(message, end)).toBeInstanceOf(LaterMessage);
    receiver.respond = accept;
    expect(await delivering(message, end)).toBeUndefined();
    expect(await logOf(id, endpoint)).toMatchObject({ status: "delivered" });
  });
});

describe("given an endpoint that fails again and again", () => {
  /** Fails until its notifications wait in the table. */
  async function broken() {
    const { endpoint } = await create();
    receiver.respond = status(500);
    const ids: string[] = [];
    for (let failure = 0; failure < FAILURES_UNTIL_BROKEN; failure += 1) {
      const { id } = await fannedOut();
      ids.push(id);
      await delivering(referenceTo(id, endpoint), START);
    }
    await queued();
    return { endpoint, ids };
  }
  const later = (ms: number) => new Date(START.getTime() + ms);
  /** Then notifications wait, and an attempt is not due yet. */
  const SOON = later(MS_UNTIL_BROKEN);

  it("its notifications leave the queue without an attempt, and follow when it works again", async () => {
    const { endpoint } = await broken();
    const waiting = [await fannedOut(), await fannedOut(), await fannedOut()];
    await queued();
    receiver.received.length = 0;
    for (const { id } of waiting) expect(await delivering(referenceTo(id, endpoint), SOON)).toBeUndefined();
    expect(receiver.received).toHaveLength(0);
    expect(await checked(SOON)).toMatchObject({ released: 0 });

    // One of them finds out whether the endpoint works.
    receiver.respond = accept;
    expect(await checked(later(60_000))).toMatchObject({ released: 1 });
    for (const body of await queued()) expect(await delivering(body, later(60_000))).toBeUndefined();
    expect(receiver.received).toHaveLength(1);
    expect(await checked(later(61_000))).toMatchObject({ released: 2 });
    for (const body of await queued()) expect(await delivering(body, later(61_000))).toBeUndefined();
    expect(receiver.received.map(({ headers }) => headers["webhook-id"]).sort()).toEqual(
      waiting.map(({ id }) => id).sort(),
    );
    expect(await checked(later(62_000))).toMatchObject({ released: 0 });
  });

  it("only one of many concurrent messages makes the attempt that is due", async () => {
    const { endpoint } = await broken();
    const notifications = await Promise.all(Array.from({ length: 8 }, () => fannedOut()));
    await queued();
    receiver.received.length = 0;
    const at = later(60_000);
    await Promise.all(notifications.map(({ id }) => delivering(referenceTo(id, endpoint), at)));
    expect(receiver.received).toHaveLength(1);
  });

  it("what has waited for three days is given up, for the dead-letter queue", async () => {
    const { endpoint } = await broken();
    const { id } = await fannedOut();
    await delivering(referenceTo(id, endpoint), SOON);
    await queued();
    const at = later(RETRY_SECONDS * 1000 + 1);
    expect(await checked(at)).toMatchObject({ released: 1 });
    const thrown = [
      await delivering(referenceTo(id, endpoint), at),
      await delivering(referenceTo(id, endpoint), at),
    ];
    expect(thrown.some((one) => one instanceof RefusedMessage)).toBe(true);
  });

  it("after days without a success it is disabled, and the administrator is told once", async () => {
    const { endpoint, ids } = await broken();
    const told: (string | undefined)[] = [];
    const tell = async ({ endpointId, disabledReason }: Endpoint) => {
      told.push(endpointId, disabledReason);
    };
    for (let failure = 0; failure < 5; failure += 1)
      await delivering(referenceTo(ids[0] ?? "", endpoint), later(DAY_MS * (failure + 0.5)));
    expect(await findEndpoint(endpoint.endpointId)).not.toHaveProperty("disabledAt");
    await checked(later(DAY_MS * DAYS_UNTIL_DISABLED), tell);
    expect(told).toEqual([]);
    const { id } = await fannedOut();
    await delivering(referenceTo(id, endpoint), later(DAY_MS * DAYS_UNTIL_DISABLED));
    expect(await findEndpoint(endpoint.endpointId)).toMatchObject({ disabledReason: "failing" });
    await checked(later(DAY_MS * 6), tell);
    await checked(later(DAY_MS * 6), tell);
    expect(told).toEqual([endpoint.endpointId, "failing"]);
    await queued();
    await fannedOut();
    expect(await queued()).toEqual([]);
  });

  it("a success in between means that it works", async () => {
    const { endpoint, ids } = await broken();
    receiver.respond = accept;
    await delivering(referenceTo(ids[0] ?? "", endpoint), later(60_000));
    expect(await findEndpoint(endpoint.endpointId)).toMatchObject({ failures: 0 });
    expect(await findEndpoint(endpoint.endpointId)).not.toHaveProperty("failingSince");
  });

  it("some failures among successes at the same time do not make it wait", async () => {
    const { endpoint } = await broken();
    receiver.received.length = 0;
    receiver.respond = accept;
    const { id } = await fannedOut();
    await delivering(referenceTo(id, endpoint), later(MS_UNTIL_BROKEN - 1));
    expect(receiver.received).toHaveLength(1);
  });

  it("the others get theirs", async () => {
    const { endpoint } = await broken();
    const other = await create([], `${receiver.url}/other`);
    receiver.received.length = 0;
    receiver.respond = accept;
    const { id } = await fannedOut();
    expect(await delivering(referenceTo(id, endpoint), SOON)).toBeUndefined();
    expect(await delivering(referenceTo(id, other.endpoint), SOON)).toBeUndefined();
    expect(receiver.received.map(({ path }) => path)).toEqual(["/notifications/other"]);
  });
});

describe("given an endpoint that responds with 410", () => {
  it("it is disabled at once, and the administrator is told", async () => {
    const { endpoint } = await create();
    const { id } = await fannedOut();
    receiver.respond = status(410);
    expect(await delivering(referenceTo(id, endpoint), START)).toBeUndefined();
    expect(await findEndpoint(endpoint.endpointId)).toMatchObject({ disabledReason: "gone" });
    const told: string[] = [];
    await checked(START, async ({ endpointId }) => {
      told.push(endpointId);
    });
    expect(told).toEqual([endpoint.endpointId]);
  });
});

describe("given an endpoint that an operator disables", () => {
  it("what is on its way waits until it is enabled", async () => {
    const { endpoint } = await create();
    const { id } = await fannedOut();
    await queued();
    expect(await disableEndpoint(endpoint.endpointId, "operator", START)).toBe(true);
    expect(await delivering(referenceTo(id, endpoint), START)).toBeUndefined();
    expect(await logOf(id, endpoint)).toMatchObject({ status: "parked", attempts: [] });
    expect(await checked(START)).toEqual({ released: 0, told: 0 });
    await enableEndpoint(endpoint.endpointId);
    expect(await checked(START)).toEqual({ released: 1, told: 0 });
    for (const body of await queued()) await delivering(body, START);
    expect(receiver.received).toHaveLength(1);
  });
});

describe("given a secret that is replaced", () => {
  it("requests have both signatures until the old one has expired", async () => {
    const { endpoint, secret: old } = await create();
    const { secret } = await rotateSecret(endpoint.endpointId, 3600, { now: START, appSecrets: SECRETS });
    const sentAt = async (at: Date) => {
      const { id } = await fannedOut();
      await delivering(referenceTo(id, endpoint), at);
      const last = receiver.received.at(-1);
      return [old, secret].map((one) => verifiedAt(one, last?.headers, last?.body));
    };
    expect(await sentAt(START)).toEqual([true, true]);
    expect(await sentAt(new Date(START.getTime() + 3_601_000))).toEqual([false, true]);
  });
});

describe("given a delivery log", () => {
  it("a notification and a time range are sent again with the same ids, also if they were delivered", async () => {
    const { endpoint } = await create(["payment.*"]);
    const [first, second] = [
      await fannedOut(),
      await fannedOut(aNotification(), new Date(START.getTime() + DAY_MS)),
    ];
    for (const body of await queued()) await delivering(body, START);
    receiver.received.length = 0;
    const found: string[] = [];
    const range = [new Date(START.getTime() + 1), new Date(START.getTime() + DAY_MS + 1)] as const;
    for await (const id of notificationsBetween(...range)) found.push(id);
    expect(found).toContain(second.id);
    expect(found).not.toContain(first.id);
    for (const { id } of [first, second]) expect(await replayNotification(id, [endpoint], START)).toBe(1);
    for (const body of await queued()) expect(await delivering(body, START)).toBeUndefined();
    expect(receiver.received.map(({ headers }) => headers["webhook-id"]).sort()).toEqual(
      [first.id, second.id].sort(),
    );
    await expect(replayNotification("evt_unknown", [endpoint], START)).rejects.toMatchObject({
      code: "NOT_FOUND",
    });
  });
});

const headersOf = (headers: object = {}) =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));

/** Whether the signature is the secret's, whenever it was made. */
function verifiedAt(secret: string, headers: object = {}, body = ""): boolean {
  const {
    "webhook-id": id = "",
    "webhook-timestamp": at,
    "webhook-signature": given = "",
  } = headersOf(headers);
  const expected = new Webhook(secret).sign(id, new Date(Number(at) * 1000), body);
  return given.split(" ").includes(expected);
}
