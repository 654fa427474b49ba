import { randomUUID } from "node:crypto";
import { describe, expect, it } from "@jest/globals";
import { getItem } from "../../../lib/aws/dynamodb.ts";
import { applyOnce, type Delivery, EventInProgress, ignoreEvent } from "../../../lib/events/inbox.ts";
import type { QueuedEvent } from "../../../lib/events/stripe-event.ts";
import { timeLeft } from "../../steps/time-left.ts";
import { withFailingDynamoDb } from "../../steps/with-failing-dynamodb.ts";

const dynamodb = withFailingDynamoDb();

function anEvent(): QueuedEvent {
  const head = {
    id: `evt_${randomUUID()}`,
    type: "payment_intent.succeeded",
    created: 1_795_478_400,
    livemode: false,
  };
  return {
    kind: "snapshot",
    head,
    event: { ...head, object: { id: "pi_1", object: "payment_intent" }, previous: {} },
  };
}
const delivered = (queued: QueuedEvent, time = timeLeft(5_000)): Delivery => ({
  queued,
  queue: "payment-intent",
  ...time,
});
const ignore = (queued: QueuedEvent) =>
  ignoreEvent({ queued, queue: "unrouted", now: () => new Date() }, "no-consumer");
const done = async () => ({ isStale: false });

describe("given an event that is delivered many times", () => {
  it("ten concurrent deliveries apply it once, and redelivering the refused ones does nothing", async () => {
    const event = anEvent();
    let applied = 0;
    const deliver = () =>
      applyOnce(delivered(event), async () => {
        applied += 1;
        return { isStale: false };
      });
    const deliveries = await Promise.allSettled(Array.from({ length: 10 }, deliver));
    expect(deliveries.some((delivery) => delivery.status === "fulfilled")).toBe(true);
    await expect(deliver()).resolves.toEqual({ applied: false });
    expect(applied).toBe(1);
  });

  it("an event that could not be applied is tried again", async () => {
    const event = anEvent();
    await expect(
      applyOnce(delivered(event), () => Promise.reject(new Error("DynamoDB is slow"))),
    ).rejects.toThrow("slow");
    await expect(applyOnce(delivered(event), done)).resolves.toEqual({
      applied: true,
      result: { isStale: false },
    });
  });

  it("the event of a crashed consumer is taken over when its lease ends, not before, and a late consumer cannot finish it (R5)", async () => {
    const event = anEvent();
    let at = Date.parse("2026-11-25T00:00:00Z");
    const clock = () => ({ deadline: at + 20_000, now: () => new Date(at) });
    let wakeUp = () => {};
    const asleep = new Promise<void>((resolve) => {
      wakeUp = resolve;
    });
    let hasBegun = () => {};
    const begun = new Promise<void>((resolve) => {
      hasBegun = resolve;
    });
    const late = applyOnce(delivered(event, clock()), async () => {
      hasBegun();
      await asleep;
      return { isStale: true };
    });
    // If it fails, it never begins.
    await Promise.race([begun, late]);
    at += 19_999;
    await expect(applyOnce(delivered(event, clock()), done)).rejects.toMatchObject({
      code: "SERVICE_UNAVAILABLE",
    });
    at += 1;
    await expect(applyOnce(delivered(event, clock()), done)).resolves.toEqual({
      applied: true,
      result: { isStale: false },
    });
    at += 1;
    wakeUp();
    await expect(late).rejects.toMatchObject({ code: "SERVICE_UNAVAILABLE" });
    expect(await getItem("StripeEventsTable", { eventId: event.head.id })).toMatchObject({
      state: "done",
      stale: false,
      receivedAt: "2026-11-25T00:00:20.000Z",
      appliedAt: "2026-11-25T00:00:20.000Z",
    });
  });

  it("it is kept for 90 days, with its type, object and times", async () => {
    const event = anEvent();
    await applyOnce(delivered(event), done);
    const item = await getItem("StripeEventsTable", { eventId: event.head.id });
    expect(item).toMatchObject({
      type: "payment_intent.succeeded",
      queue: "payment-intent",
      objectId: "pi_1",
      created: 1_795_478_400,
      state: "done",
      receivedAt: expect.stringMatching(/Z$/),
      appliedAt: expect.stringMatching(/Z$/),
    });
    const days = (Number(item?.expiresAt) * 1000 - Date.now()) / 86_400_000;
    expect(Math.round(days)).toBe(90);
  });
});

describe("given an event that a consumer is applying", () => {
  async function whileApplied(copy: Partial<Delivery>): Promise<unknown> {
    const event = anEvent();
    let outcome: unknown;
    await applyOnce({ ...delivered(event), messageId: "m-1" }, async () => {
      outcome = await applyOnce({ ...delivered(event), ...copy }, done).catch((thrown: unknown) => thrown);
      return { isStale: false };
    });
    expect(await getItem("StripeEventsTable", { eventId: event.head.id })).toMatchObject({ state: "done" });
    return outcome;
  }

  it("a copy of it from another message is not needed: the consumer's own message is still in the queue", async () => {
    expect(await whileApplied({ messageId: "m-2" })).toEqual({ applied: false, inProgress: true });
  });

  it("the same message, delivered twice by SQS, must come again: it is the only one", async () => {
    expect(await whileApplied({ messageId: "m-1" })).toBeInstanceOf(EventInProgress);
    expect(await whileApplied({})).toBeInstanceOf(EventInProgress);
  });
});

describe("given an event that had no consumer", () => {
  it("it is stored once, as ignored, and applied when its type has a consumer", async () => {
    const event = anEvent();
    await expect(ignore(event)).resolves.toBe(true);
    await expect(ignore(event)).resolves.toBe(false);
    expect(await getItem("StripeEventsTable", { eventId: event.head.id })).toMatchObject({
      state: "ignored",
      queue: "unrouted",
    });
    await expect(applyOnce(delivered(event), done)).resolves.toMatchObject({ applied: true });
    await expect(ignore(event)).resolves.toBe(false);
    expect(await getItem("StripeEventsTable", { eventId: event.head.id })).toMatchObject({
      state: "done",
      queue: "payment-intent",
    });
  });
});

describe("given a lost response from DynamoDB, so that the SDK sends the write again", () => {
  const writes = (event: QueuedEvent) =>
    dynamodb.requests.filter(({ body }) => body.includes(event.head.id)).map(({ operation }) => operation);

  it("a consumer recognizes its own claim, and applies the event", async () => {
    const event = anEvent();
    dynamodb.fail({ kind: "reset-after", operation: "PutItem" });
    await expect(applyOnce(delivered(event), done)).resolves.toMatchObject({ applied: true });
    expect(writes(event)).toEqual(["PutItem", "PutItem", "GetItem", "UpdateItem"]);
  });

  it("a consumer recognizes its own ending, and the event is done", async () => {
    const event = anEvent();
    dynamodb.fail({ kind: "reset-after", operation: "UpdateItem" });
    await expect(applyOnce(delivered(event), done)).resolves.toMatchObject({ applied: true });
    expect(writes(event)).toEqual(["PutItem", "UpdateItem", "UpdateItem", "GetItem"]);
    await expect(applyOnce(delivered(event), done)).resolves.toEqual({ applied: false });
  });
});

describe("given responses that all arrive", () => {
  it("applying an event takes two writes and no read", async () => {
    await applyOnce(delivered(anEvent()), done);
    expect(dynamodb.requests.map(({ operation }) => operation)).toEqual(["PutItem", "UpdateItem"]);
  });
});
