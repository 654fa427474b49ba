import { randomUUID } from "node:crypto";
import { describe, expect, it } from "@jest/globals";
import { getItem } from "../../../lib/aws/dynamodb.ts";
import { applyOnce, type Delivery, ignoreEvent } from "../../../lib/events/inbox.ts";
import type { QueuedEvent } from "../../../lib/events/stripe-event.ts";
import * as given from "../../steps/given.ts";

given.localAws();

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
const delivered = (queued: QueuedEvent, leaseMs = 5_000): Delivery => ({
  queued,
  queue: "payment-intent",
  deadline: Date.now() + leaseMs,
});
const done = async () => ({ isStale: false });

describe("given an event that is delivered many times", () => {
  it("ten deliveries at once apply it once, and redelivery of the refused ones does nothing", async () => {
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

  it("an application that failed is tried again", async () => {
    const event = anEvent();
    await expect(
      applyOnce(delivered(event), () => Promise.reject(new Error("DynamoDB is slow"))),
    ).rejects.toThrow("slow");
    await expect(applyOnce(delivered(event), done)).resolves.toEqual({
      applied: true,
      result: { isStale: false },
    });
  });

  it("a consumer that crashed is taken over once its lease is over, and cannot finish any more", async () => {
    const event = anEvent();
    let wakeUp = () => {};
    const asleep = new Promise<void>((resolve) => {
      wakeUp = resolve;
    });
    const late = applyOnce(delivered(event, 150), async () => {
      await asleep;
      return { isStale: true };
    });
    const takeOver = async (): Promise<unknown> => applyOnce(delivered(event), done).catch(() => takeOver());
    await expect(takeOver()).resolves.toEqual({ applied: true, result: { isStale: false } });
    wakeUp();
    await expect(late).rejects.toMatchObject({ code: "SERVICE_UNAVAILABLE" });
    expect(await getItem("StripeEventsTable", { eventId: event.head.id })).toMatchObject({
      state: "done",
      stale: false,
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

describe("given an event that no consumer was there for", () => {
  it("it is kept as ignored, once, and applied when its type has a consumer", async () => {
    const event = anEvent();
    await expect(ignoreEvent({ queued: event, queue: "unrouted" })).resolves.toBe(true);
    await expect(ignoreEvent({ queued: event, queue: "unrouted" })).resolves.toBe(false);
    expect(await getItem("StripeEventsTable", { eventId: event.head.id })).toMatchObject({
      state: "ignored",
      queue: "unrouted",
    });
    await expect(applyOnce(delivered(event), done)).resolves.toMatchObject({ applied: true });
    await expect(ignoreEvent({ queued: event, queue: "unrouted" })).resolves.toBe(false);
    expect(await getItem("StripeEventsTable", { eventId: event.head.id })).toMatchObject({
      state: "done",
      queue: "payment-intent",
    });
  });
});
