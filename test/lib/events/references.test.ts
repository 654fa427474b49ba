/** The index of what the application calls Stripe's objects. */
import { randomUUID } from "node:crypto";
import { beforeEach, describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { getItem, scanTable } from "../../../lib/aws/dynamodb.ts";
import { findByReference } from "../../../lib/events/find-by-reference.ts";
import type { ObjectState } from "../../../lib/events/object-state.ts";
import { recordState } from "../../../lib/events/projection.ts";
import { recordedIn } from "../../../lib/events/recorded.ts";
import { MOST_REFERENCES, referencesOf } from "../../../lib/events/references.ts";
import type { StripeEvent } from "../../../lib/events/stripe-event.ts";
import { STRIPE_API_VERSION } from "../../../lib/stripe/api-version.ts";
import { rebuildReferences } from "../../../scripts/find/rebuild.ts";
import { tries } from "../../steps/effort.ts";
import * as given from "../../steps/given.ts";

given.localAws();
given.capturedLog();

const T = 1_795_478_400;
const TABLE = "StripeObjectsTable";
const SECRET = "the-secret-of-these-tests";
beforeEach(() => {
  process.env.APP_SECRET = SECRET;
});

interface Told {
  readonly created?: number;
  readonly metadata?: Readonly<Record<string, string>>;
  readonly more?: Readonly<Record<string, unknown>>;
}

function anEvent(id: string, { created = T, metadata = {}, more = {} }: Told): StripeEvent {
  return {
    id: `evt_${randomUUID()}`,
    type: "payment_intent.updated",
    created,
    livemode: false,
    apiVersion: STRIPE_API_VERSION,
    object: { id, object: "payment_intent", status: "requires_capture", metadata, ...more },
  };
}

const record = (event: StripeEvent) =>
  recordState(event, { read: async () => event.object, now: () => new Date(T * 1000) });
const idsWith = async (value: string) =>
  (await findByReference(value)).objects.map(({ objectId }) => objectId).sort();
const aPayment = () => `pi_${randomUUID().replaceAll("-", "")}`;
const itemsAbout = async (id: string) =>
  (await scanTable(TABLE)).filter(({ objectId }) => String(objectId).endsWith(id));

describe("given a payment that is recorded with the application's ids", () => {
  it("is found by each of them, and not by a part of one", async () => {
    const [id, order] = [aPayment(), `order-${randomUUID()}`];
    await record(anEvent(id, { metadata: { orderId: order, userId: "ada" } }));
    expect(await idsWith(order)).toEqual([id]);
    expect(await idsWith(` ${order} `)).toEqual([id]);
    expect(await idsWith("ada")).toContain(id);
    expect(await idsWith(order.slice(0, -1))).toEqual([]);
  });

  it("is found by a new value and no more by the old one", async () => {
    const [id, old, current] = [aPayment(), `order-${randomUUID()}`, `order-${randomUUID()}`];
    await record(anEvent(id, { metadata: { orderId: old } }));
    await record(anEvent(id, { created: T + 1, metadata: { orderId: current } }));
    expect([await idsWith(old), await idsWith(current)]).toEqual([[], [id]]);
  });

  it("later events that change no value write no reference", async () => {
    const [id, order] = [aPayment(), `order-${randomUUID()}`];
    await record(anEvent(id, { metadata: { orderId: order } }));
    const before = await itemsAbout(id);
    await record(
      anEvent(id, { created: T + 1, metadata: { orderId: order }, more: { status: "succeeded" } }),
    );
    const references = (items: Awaited<ReturnType<typeof itemsAbout>>) =>
      items.filter(({ objectId }) => objectId !== id);
    expect(references(await itemsAbout(id))).toEqual(references(before));
    expect(references(before)).toHaveLength(1);
  });

  it("no item has a value in clear", async () => {
    const [id, order] = [aPayment(), `order-${randomUUID()}`];
    await record(anEvent(id, { metadata: { orderId: order, contact: "Ada@Example.com" } }));
    const items = await itemsAbout(id);
    expect(items).toHaveLength(3);
    expect(JSON.stringify(items)).not.toMatch(new RegExp(`${order}|example`, "i"));
  });
});

describe("given a customer", () => {
  it("is found by the mail address in any spelling", async () => {
    const id = `cus_${randomUUID().replaceAll("-", "")}`;
    const address = `Ada.${randomUUID()}@Bücher.example`;
    await record(anEvent(id, { more: { object: "customer", email: address } }));
    expect(await idsWith(address.toLowerCase())).toEqual([id]);
    expect(await idsWith(address.replace("Bücher", "xn--bcher-kva"))).toEqual([id]);
  });
});

describe("given a refund that was made in Stripe's dashboard", () => {
  it("is found by its payment", async () => {
    const [id, payment] = [`re_${randomUUID().replaceAll("-", "")}`, aPayment()];
    await record(anEvent(id, { more: { object: "refund", payment_intent: payment, amount: 5 } }));
    expect(await idsWith(payment)).toEqual([id]);
  });
});

describe("given a rotation of APP_SECRET", () => {
  it("finds what was recorded before, during it and after a rebuild", async () => {
    const [before, during, order] = [aPayment(), aPayment(), `order-${randomUUID()}`];
    await record(anEvent(before, { metadata: { orderId: order } }));
    process.env.APP_SECRET = `another-secret-of-these-tests,${SECRET}`;
    await record(anEvent(during, { metadata: { orderId: order } }));
    expect(await idsWith(order)).toEqual([before, during].sort());
    await rebuildReferences({ now: new Date(T * 1000) });
    process.env.APP_SECRET = "another-secret-of-these-tests";
    expect(await idsWith(order)).toEqual([before, during].sort());
  });
});

describe("given records from before the index", () => {
  it("a rebuild adds what is missing, removes what no longer holds, and changes nothing when repeated", async () => {
    const [id, old, current] = [aPayment(), `order-${randomUUID()}`, `order-${randomUUID()}`];
    await record(anEvent(id, { metadata: { orderId: old } }));
    await record(anEvent(id, { created: T + 1, metadata: { orderId: current } }));
    const later = new Date(T * 1000 + 2 * 60 * 60 * 1000);
    await rebuildReferences({ now: later });
    expect(await itemsAbout(id)).toHaveLength(2);
    expect(await idsWith(current)).toEqual([id]);
    expect(await rebuildReferences({ now: later })).toMatchObject({ written: 0, removed: 0 });
    expect((await getItem(TABLE, { objectId: id }))?.status).toBe("requires_capture");
  });
});

const recordedState = async (objectId: string) => {
  const item = await getItem(TABLE, { objectId });
  return item === undefined ? undefined : (await recordedIn(item)).state;
};

const state = (metadata: Readonly<Record<string, string>>): ObjectState => ({
  objectType: "payment_intent",
  status: "succeeded",
  final: true,
  metadata,
});

describe("what is in the index", () => {
  it.each([
    ["an id without digits", { userId: "ada" }, ["ada"]],
    ["a word with digits", { sku: "shirt-42" }, ["shirt-42"]],
    ["an address", { contact: "Ada@Example.com" }, ["ada@example.com"]],
    ["a long number", { order: "202611271042" }, ["202611271042"]],
    ["a word", { paid: "yes" }, []],
    ["a sentence", { note: "2 shirts for Ada" }, []],
    ["a card number", { orderId: "4242 4242 4242 4242" }, []],
    ["a field for a card number", { cardNumber: "1234-x" }, []],
    ["a key", { apiKeyId: "sk_test_51Habcdefghijk" }, []],
    ["a client secret", { intentId: "pi_1_secret_abc123" }, []],
    ["a long text", { orderId: "x".repeat(101) }, []],
  ])("%s", (_what, metadata, expected) => {
    expect(referencesOf(state(metadata))).toEqual(expected);
  });

  it("of more values than ten, the ids", () => {
    const many = Object.fromEntries(Array.from({ length: 20 }, (_, n) => [`a${n}`, `value-${n}`]));
    const found = referencesOf(state({ ...many, orderId: "order-1042" }));
    expect(found).toHaveLength(MOST_REFERENCES);
    expect(found).toContain("order-1042");
  });
});

describe("given two consumers that record any states of any objects at once", () => {
  it("each value finds exactly the objects that have it in the end", async () => {
    const step = fc.record({
      object: fc.integer({ min: 0, max: 2 }),
      at: fc.integer({ min: 0, max: 3 }),
      order: fc.integer({ min: 0, max: 2 }),
      user: fc.integer({ min: 0, max: 1 }),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { minLength: 1, maxLength: 6 }),
        fc.array(step, { minLength: 1, maxLength: 6 }),
        async (one, other) => {
          const run = randomUUID().slice(0, 8);
          const idOf = (object: number) => `pi_${run}x${object}`;
          const consume = async (steps: typeof one) => {
            for (const { object, at, order, user } of steps)
              await record(
                anEvent(idOf(object), {
                  created: T + at,
                  metadata: { orderId: `${run}-order-${order}`, userId: `${run}-user-${user}` },
                }),
              );
          };
          await Promise.all([consume(one), consume(other)]);
          const values = [0, 1, 2].flatMap((n) => [`${run}-order-${n}`, `${run}-user-${n}`]);
          const found = await Promise.all(values.map(idsWith));
          const expected = await Promise.all(
            values.map(async (value) => {
              const states = await Promise.all([0, 1, 2].map((object) => recordedState(idOf(object))));
              return [0, 1, 2]
                .filter((object) => referencesOf(states[object] ?? state({})).includes(value))
                .map(idOf);
            }),
          );
          expect(found).toEqual(expected);
        },
      ),
      { numRuns: tries({ sample: 12, whole: 200 }) },
    );
  });
});
