import { randomUUID } from "node:crypto";
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { getItem, type Item, putItem } from "../../../lib/aws/dynamodb.ts";
import { recordState } from "../../../lib/events/projection.ts";
import type { ReadStripe } from "../../../lib/events/resolve-event.ts";
import type { StripeEvent } from "../../../lib/events/stripe-event.ts";
import { STRIPE_API_VERSION } from "../../../lib/stripe/api-version.ts";
import { tries } from "../../steps/effort.ts";
import * as given from "../../steps/given.ts";

given.localAws();

const T = 1_795_478_400;

type Told = readonly [type: string, created: number, status: string];

function eventOf([type, created, status]: Told, id: string): StripeEvent {
  return {
    id: `evt_${randomUUID()}`,
    type,
    created,
    livemode: false,
    apiVersion: STRIPE_API_VERSION,
    object: { id, object: type.startsWith("customer.sub") ? "subscription" : "payment_intent", status },
    previous: {},
  };
}

const nothingAtStripe: ReadStripe = async () => undefined;
const record = (event: StripeEvent, read: ReadStripe) => recordState(event, { read, now: () => new Date() });
const recorded = (objectId: string) => getItem("StripeObjectsTable", { objectId });

/** Sequences as Stripe sends them; each ends in the state that Stripe returns when it is asked. */
const SEQUENCES: readonly (readonly [what: string, final: string, told: readonly Told[]])[] = [
  [
    "a subscription that is paid and canceled within seconds",
    "canceled",
    [
      ["customer.subscription.created", T, "incomplete"],
      ["customer.subscription.updated", T, "active"],
      ["customer.subscription.updated", T + 1, "past_due"],
      ["customer.subscription.updated", T + 1, "active"],
      ["customer.subscription.deleted", T + 1, "canceled"],
      ["customer.subscription.trial_will_end", T, "active"],
    ],
  ],
  [
    "a subscription that is created and paid in the same second",
    "active",
    [
      ["customer.subscription.created", T, "incomplete"],
      ["customer.subscription.updated", T, "active"],
    ],
  ],
  [
    "a payment that is declined, authenticated and paid",
    "succeeded",
    [
      ["payment_intent.created", T, "requires_payment_method"],
      ["payment_intent.payment_failed", T, "requires_payment_method"],
      ["payment_intent.requires_action", T + 2, "requires_action"],
      ["payment_intent.processing", T + 2, "processing"],
      ["payment_intent.succeeded", T + 2, "succeeded"],
    ],
  ],
];

function permutations<T>(items: readonly T[]): T[][] {
  if (items.length <= 1) return [[...items]];
  return items.flatMap((item, index) =>
    permutations(items.toSpliced(index, 1)).map((rest) => [item, ...rest]),
  );
}

/** The record of an object, without the parts that decide nothing: its own id, the time and the version. */
function decisive(item: Item | undefined): Item | undefined {
  if (item === undefined) return undefined;
  const { objectId: _id, recordedAt: _at, version: _version, before: _before, ...state } = item;
  return state;
}

interface Left {
  readonly item: Item | undefined;
  readonly orders: number;
}

/**
 * Delivers the events in every order. The effect of an event depends on the record that it finds. So an event is
 * delivered once to each record that some order of the earlier events leaves, and not once in each of the 720 orders of
 * six. Returns how many orders end in each state.
 */
async function endsOfEveryOrder(
  events: readonly StripeEvent[],
  read: ReadStripe,
): Promise<Map<string, number>> {
  const everything = 2 ** events.length - 1;
  // By the set of delivered events: each record that they can leave, and how many orders lead to it.
  const records = new Map<number, Map<string, Left>>([[0, new Map([["", { item: undefined, orders: 1 }]])]]);
  for (let delivered = 0; delivered < everything; delivered += 1) {
    for (const { item, orders } of records.get(delivered)?.values() ?? []) {
      for (const [index, event] of events.entries()) {
        if ((delivered & (2 ** index)) !== 0) continue;
        const id = `obj_${randomUUID().replaceAll("-", "")}`;
        if (item !== undefined) await putItem("StripeObjectsTable", { ...item, objectId: id });
        await record({ ...event, object: { ...event.object, id } }, read);
        const left = await recorded(id);
        const found = records.get(delivered | (2 ** index)) ?? new Map<string, Left>();
        records.set(delivered | (2 ** index), found);
        const key = JSON.stringify(Object.entries(decisive(left) ?? {}).sort());
        found.set(key, { item: left, orders: orders + (found.get(key)?.orders ?? 0) });
      }
    }
  }
  const ends = new Map<string, number>();
  for (const { item, orders } of records.get(everything)?.values() ?? []) {
    ends.set(String(item?.status), (ends.get(String(item?.status)) ?? 0) + orders);
  }
  return ends;
}

const factorial = (n: number): number => (n <= 1 ? 1 : n * factorial(n - 1));

describe("given the events of one object in every order", () => {
  it.each(SEQUENCES)("%s ends %s", async (_what, final, told) => {
    const read: ReadStripe = async (path) => ({
      id: path.split("/").at(-1),
      object: path.includes("subscriptions") ? "subscription" : "payment_intent",
      status: final,
    });
    const events = told.map((event) => eventOf(event, "later"));
    expect(await endsOfEveryOrder(events, read)).toEqual(new Map([[final, factorial(told.length)]]));
  });

  it("concurrent consumers of one object end in Stripe's state", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...SEQUENCES),
        fc.infiniteStream(fc.nat()),
        async (sequence, order) => {
          const [, final, told] = sequence;
          const id = `obj_${randomUUID().replaceAll("-", "")}`;
          const read: ReadStripe = async () => ({
            id,
            object: final === "succeeded" ? "payment_intent" : "subscription",
            status: final,
          });
          const shuffled = told
            .map((event) => ({ event, at: order.next().value }))
            .sort((a, b) => a.at - b.at);
          await Promise.all(shuffled.map(({ event }) => record(eventOf(event, id), read)));
          expect(await recorded(id)).toMatchObject({ status: final });
        },
      ),
      { numRuns: tries({ sample: 3, whole: 30 }) },
    );
  });
});

describe("given a response from Stripe that is outdated when it arrives", () => {
  it("it does not overwrite the state that was recorded meanwhile", async () => {
    const id = `sub_${randomUUID().replaceAll("-", "")}`;
    await record(eventOf(["customer.subscription.created", T, "incomplete"], id), nothingAtStripe);
    let asked = 0;
    const read: ReadStripe = async () => {
      asked += 1;
      // Meanwhile the subscription ends, and another consumer records that.
      if (asked === 1) {
        await record(eventOf(["customer.subscription.deleted", T + 5, "canceled"], id), nothingAtStripe);
      }
      return { id, object: "subscription", status: "active" };
    };
    const applied = await record(eventOf(["customer.subscription.updated", T, "active"], id), read);
    expect(applied).toMatchObject({ isStale: true, current: { status: "canceled" } });
    expect(await recorded(id)).toMatchObject({
      status: "canceled",
      seen: [
        "customer.subscription.created",
        "customer.subscription.deleted",
        "customer.subscription.updated",
      ],
    });
  });
});

describe("given a record of the first release, which had no versions", () => {
  it("a newer event overwrites it, an older one does not", async () => {
    const id = `pi_${randomUUID().replaceAll("-", "")}`;
    await putItem("StripeObjectsTable", {
      objectId: id,
      objectType: "payment_intent",
      status: "processing",
      final: false,
      eventId: "evt_first",
      eventCreated: T,
    });
    const older = eventOf(["payment_intent.created", T - 1, "requires_payment_method"], id);
    expect(await record(older, nothingAtStripe)).toMatchObject({ isStale: true });
    await record(eventOf(["payment_intent.succeeded", T + 1, "succeeded"], id), nothingAtStripe);
    expect(await recorded(id)).toMatchObject({
      status: "succeeded",
      seen: ["payment_intent.created", "payment_intent.succeeded"],
      version: 2,
    });
  });
});

describe("given an object that Stripe does not know", () => {
  it("two events of the same second end in the same state in both orders", async () => {
    const told: readonly Told[] = [
      ["payment_intent.succeeded", T, "succeeded"],
      ["payment_intent.payment_failed", T, "requires_payment_method"],
    ];
    for (const order of permutations(told)) {
      const id = `pi_${randomUUID().replaceAll("-", "")}`;
      for (const event of order) await record(eventOf(event, id), nothingAtStripe);
      expect(await recorded(id)).toMatchObject({ status: "succeeded" });
    }
  });
});

describe("given an event that is applied again after a crash", () => {
  it("it is neither newer nor older than itself, and Stripe is not asked", async () => {
    const id = `pi_${randomUUID().replaceAll("-", "")}`;
    const event = eventOf(["payment_intent.processing", T, "processing"], id);
    const mustNotAsk: ReadStripe = async () => {
      throw new Error("asked");
    };
    await record(event, mustNotAsk);
    expect(await record(event, mustNotAsk)).toMatchObject({
      isStale: false,
      current: { status: "processing" },
    });
    expect(await recorded(id)).toMatchObject({ version: 1 });
  });
});
