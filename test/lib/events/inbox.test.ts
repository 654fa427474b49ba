import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { getItem } from "../../../lib/dynamodb.ts";
import { applyOnce } from "../../../lib/events/inbox.ts";
import { type ObjectState, recordState } from "../../../lib/events/projection.ts";
import type { StripeEvent } from "../../../lib/events/stripe-event.ts";
import type { Emulators } from "../../../local/emulators.ts";
import { localAws } from "../../steps/given.ts";

let aws: Emulators;
beforeAll(async () => {
  aws = await localAws();
});
afterAll(() => aws.close());

const anEvent = (objectId = `pi_${randomUUID()}`, created = 1_795_478_400): StripeEvent => ({
  id: `evt_${randomUUID()}`,
  type: "payment_intent.succeeded",
  created,
  object: { id: objectId },
});
const soon = () => Date.now() + 5_000;

describe("given an event that is delivered many times", () => {
  it("ten deliveries at once apply it once, and redelivery of the refused ones does nothing", async () => {
    const event = anEvent();
    let applied = 0;
    const deliver = () =>
      applyOnce(event, soon(), async () => {
        applied += 1;
      });
    const deliveries = await Promise.allSettled(Array.from({ length: 10 }, deliver));
    expect(deliveries.some((delivery) => delivery.status === "fulfilled")).toBe(true);
    await expect(deliver()).resolves.toEqual({ applied: false });
    expect(applied).toBe(1);
  });

  it("an application that failed is tried again", async () => {
    const event = anEvent();
    await expect(
      applyOnce(event, soon(), () => Promise.reject(new Error("DynamoDB is slow"))),
    ).rejects.toThrow("slow");
    await expect(applyOnce(event, soon(), async () => "done")).resolves.toEqual({
      applied: true,
      result: "done",
    });
  });

  it("a consumer that crashed is taken over once its lease is over", async () => {
    const event = anEvent();
    const never = new Promise<never>(() => undefined);
    void applyOnce(event, Date.now() + 150, () => never);
    const takeOver = async (): Promise<unknown> =>
      applyOnce(event, soon(), async () => "done").catch(() => takeOver());
    await expect(takeOver()).resolves.toEqual({ applied: true, result: "done" });
  });
});

describe("given the events of one object in any order", () => {
  const open: ObjectState = { objectType: "payment_intent", status: "requires_payment_method", final: false };
  const paid: ObjectState = { objectType: "payment_intent", status: "succeeded", final: true };
  const history: readonly (readonly [number, ObjectState])[] = [
    [100, open],
    [100, paid],
    [99, { ...open, status: "requires_action" }],
    [98, { ...open, declineCode: "insufficient_funds" }],
  ];

  it("the paid intent stays paid, same-second events included", async () => {
    await fc.assert(
      fc.asyncProperty(fc.shuffledSubarray([0, 1, 2, 3], { minLength: 4 }), async (order) => {
        const objectId = `pi_${randomUUID()}`;
        for (const index of order) {
          const [created, state] = history[index] ?? [0, open];
          await recordState(anEvent(objectId, created), state);
        }
        const recorded = await getItem("StripeObjectsTable", { objectId });
        expect(recorded).toMatchObject({ status: "succeeded", eventCreated: 100 });
      }),
      { numRuns: 24 },
    );
  });
});
