/**
 * Notifications of a subscription whose events come as snapshots, as thin events, or as both: what each says depends on the events
 * that were applied before it.
 */
import { randomUUID } from "node:crypto";
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { getItem } from "../../../lib/aws/dynamodb.ts";
import { env } from "../../../lib/env.ts";
import { type ObjectState, objectState } from "../../../lib/events/object-state.ts";
import { type AppliedEvent, recordFromStripe, recordState } from "../../../lib/events/projection.ts";
import type { StripeEvent } from "../../../lib/events/stripe-event.ts";
import { notificationTypes } from "../../../lib/notifications/notification.ts";
import { findDrift, fixDrift } from "../../../lib/reconcile/drift.ts";
import { STRIPE_API_VERSION } from "../../../lib/stripe/api-version.ts";
import { tries } from "../../steps/effort.ts";
import * as given from "../../steps/given.ts";

given.localAws();

const T = 1_795_478_400;
const VOID = { behavior: "void" };

const idOf = (prefix: string) => `${prefix}_${randomUUID().replaceAll("-", "")}`;

/** Fields of a subscription. */
type Fields = Readonly<Record<string, unknown>>;

/** What happens to a subscription, by the event that reports it. */
const CHANGES = {
  paid: ["updated", { status: "active" }],
  declined: ["updated", { status: "past_due" }],
  "collection paused": ["updated", { pause_collection: VOID }],
  "collection resumed": ["updated", { pause_collection: null }],
  "end scheduled": ["updated", { cancel_at_period_end: true }],
  "end withdrawn": ["updated", { cancel_at_period_end: false }],
  "more sold": ["updated", { items: { data: [item(2)] } }],
  "as before": ["updated", { items: { data: [item(1)] } }],
  "about to end": ["trial_will_end", {}],
  "of no interest": ["updated", { description: "Pro" }],
  ended: ["deleted", { status: "canceled" }],
} as const satisfies Readonly<Record<string, readonly [type: string, now: Fields]>>;

type Change = keyof typeof CHANGES;
const isChange = (name: string): name is Change => Object.hasOwn(CHANGES, name);
const NAMES = Object.keys(CHANGES).filter(isChange);
const CHANGES_OF_A_LIFE = NAMES.filter((name) => name !== "ended");

function item(quantity: number) {
  return { id: "si_1", price: { id: "price_1" }, quantity };
}

interface Step {
  readonly change: Change;
  /** Seconds since the step before. */
  readonly later: number;
  readonly isThin: boolean;
}

/** The events of a subscription's life, the subscription after each of them, and at its end. */
function lifeOf(steps: readonly Step[], isCreationThin = false) {
  const id = idOf("sub");
  const events: StripeEvent[] = [];
  const states: StripeEvent["object"][] = [];
  let at = T;
  let object: Fields & { readonly id: string } = {
    ...{ id, object: "subscription", status: "incomplete", cancel_at_period_end: false },
    ...{
      pause_collection: null,
      items: { data: [item(1)] },
      latest_invoice: { created: T },
      description: null,
    },
  };
  const add = (type: string, isThin: boolean, previous: Fields) => {
    const event = {
      ...{ id: idOf("evt"), type: `customer.subscription.${type}`, created: at },
      ...{ livemode: false, apiVersion: STRIPE_API_VERSION, object },
    };
    events.push(isThin ? event : { ...event, previous });
    states.push(object);
  };
  add("created", isCreationThin, {});
  for (const { change, later, isThin } of steps) {
    const [type, now] = CHANGES[change];
    const was = object;
    const previous = Object.fromEntries(
      Object.keys(now)
        .filter((name) => JSON.stringify(was[name]) !== JSON.stringify(Object(now)[name]))
        .map((name) => [name, was[name]]),
    );
    at += later;
    object = { ...object, ...now };
    add(type, isThin, previous);
  }
  return { events, states, end: object };
}

/** Applies the event while Stripe has the object as in `present`: a thin event shows that, too. */
async function apply(event: StripeEvent, present: StripeEvent["object"]): Promise<AppliedEvent> {
  const shown = event.previous === undefined ? { ...event, object: present } : event;
  const applied = await recordState(shown, { read: async () => present, now: () => new Date(T * 1000) });
  if (applied === "gone") throw new Error("Stripe has the subscription");
  return applied;
}

/** Compares the record with what Stripe has, and records that if it differs. */
async function repair(present: StripeEvent["object"]): Promise<void> {
  const item = await getItem(env("STRIPE_OBJECTS_TABLE"), { objectId: present.id });
  const drifts = await findDrift(item === undefined ? [] : [item], async () => present);
  for (const drift of drifts) await fixDrift(drift, new Date(T * 1000));
}

/** What an application knows that keeps the state of the notification with the greatest revision. */
class Application {
  #revision = 0;
  state: ObjectState | undefined;
  readonly types: string[] = [];

  hear(applied: AppliedEvent): void {
    const types = notificationTypes(applied);
    this.types.push(...types.map((type) => type.replace("subscription.", "")));
    if (types.length === 0 || (applied.revision ?? 0) < this.#revision) return;
    this.#revision = applied.revision ?? 0;
    this.state = applied.current;
  }
}

/** Applies these events, by their place in the life; the application hears of each. */
async function hears(life: ReturnType<typeof lifeOf>, order: readonly number[]): Promise<Application> {
  const application = new Application();
  for (const place of order) {
    const event = life.events[place];
    if (event !== undefined) application.hear(await apply(event, life.end));
  }
  return application;
}

const step = (change: Change, isThin: boolean, later = 0): Step => ({ change, isThin, later });

describe("given a subscription that was paid and then paused", () => {
  it.each<[string, ReturnType<typeof lifeOf>, readonly number[], readonly string[]]>([
    [
      "snapshots report each change once, in any order",
      lifeOf([step("paid", false), step("collection paused", false)]),
      [2, 0, 1],
      ["collection_paused", "activated"],
    ],
    [
      "a thin creation that arrives last reports the pause that it finds",
      lifeOf([step("paid", false), step("collection paused", true)], true),
      [1, 0, 2],
      ["activated", "collection_paused"],
    ],
    [
      "a thin event reports a pause that a snapshot of the same second has recorded",
      lifeOf([step("of no interest", false), step("paid", false), step("collection paused", true)]),
      [2, 1, 0, 3],
      ["activated", "collection_paused"],
    ],
    [
      "a thin event reports a pause that a later snapshot has recorded",
      lifeOf([step("paid", false), step("collection paused", true, 5), step("of no interest", false, 5)]),
      [0, 1, 3, 2],
      ["activated", "collection_paused"],
    ],
    [
      "a forecast that arrives late leaves the pause to its own event",
      lifeOf([step("paid", false), step("about to end", true, 5), step("collection paused", true)]),
      [0, 1, 2, 3],
      ["activated", "trial_ending", "collection_paused"],
    ],
    [
      "thin events report a change once",
      lifeOf([step("paid", true), step("collection paused", true, 5), step("of no interest", true, 5)], true),
      [0, 1, 2, 3],
      ["activated"],
    ],
    [
      "a thin event reports the present status again after a notification has shown an earlier one",
      lifeOf([
        ...[step("of no interest", true), step("more sold", false)],
        ...[step("of no interest", false, 1), step("paid", true, 1)],
      ]),
      [2, 1, 3, 2, 4],
      ["changed", "activated", "changed", "activated"],
    ],
  ])("%s", async (_what, life, order, types) => {
    expect((await hears(life, order)).types).toEqual(types);
  });

  it("a thin event reports what a request or a repair has read from Stripe before", async () => {
    const life = lifeOf([step("paid", true), step("collection paused", true)], true);
    const [[created, paid], [, whenPaid = life.end]] = [life.events, life.states];
    const application = new Application();
    await recordFromStripe(whenPaid.id, objectState(whenPaid), new Date(T * 1000));
    if (created !== undefined) application.hear(await apply(created, whenPaid));
    await repair(life.end);
    if (paid !== undefined) application.hear(await apply(paid, life.end));
    expect(application.types).toEqual(["activated", "collection_paused"]);
  });

  it("a consumer that dies before it reports a thin event reports it later, whatever was applied meanwhile", async () => {
    const life = lifeOf([
      ...[step("paid", false), step("collection paused", true, 5)],
      ...[step("of no interest", true, 5), step("of no interest", false, 5)],
    ]);
    const [, , paused] = life.events;
    const application = await hears(life, [0, 1]);
    if (paused !== undefined) await apply(paused, life.end);
    for (const place of [3, 4, 2]) {
      const event = life.events[place];
      if (event !== undefined) application.hear(await apply(event, life.end));
    }
    expect(application.types).toEqual(["activated", "collection_paused"]);
  });
});

describe("given a refund that succeeded later", () => {
  it("a thin event reports the success that a snapshot of the same second has recorded", async () => {
    const end = { id: idOf("re"), object: "refund", status: "succeeded" };
    const head = { created: T, livemode: false, apiVersion: STRIPE_API_VERSION };
    const of = (type: string, more: object) => ({ ...head, id: idOf("evt"), type, ...more });
    const pending = { object: { ...end, status: "pending" }, previous: {} };
    const application = new Application();
    application.hear(await apply({ ...of("refund.updated", pending), ...pending }, end));
    application.hear(await apply({ ...of("refund.created", pending), ...pending }, end));
    application.hear(await apply({ ...of("refund.updated", {}), object: end }, end));
    expect(application.types).toEqual(["refund.created", "refund.succeeded"]);
  });
});

describe("given any life of a subscription, as snapshots and thin events, in any order", () => {
  const steps = fc.array(
    fc.record({
      change: fc.constantFrom(...CHANGES_OF_A_LIFE),
      later: fc.constantFrom(0, 0, 1),
      isThin: fc.boolean(),
    }),
    { minLength: 1, maxLength: 6 },
  );

  const start = fc.record({
    last: fc.constantFrom<Change[]>("paid", "ended"),
    isCreationThin: fc.boolean(),
    /** When, and after which change, a request reads the subscription of a customer whose creation was not seen. */
    read: fc.option(fc.record({ secondsAfter: fc.constantFrom(0, 60), place: fc.nat(6) })),
  });
  const fate = fc.record({
    at: fc.nat(1000),
    dies: fc.constantFrom(true, false, false),
    /** How many of the following changes Stripe has made already. */
    ahead: fc.constantFrom(0, 0, 1, 2, 6),
    isRepaired: fc.constantFrom(true, false, false, false),
  });

  it("an application that only hears of them knows the end, even if consumers die before they report", async () => {
    await fc.assert(
      fc.asyncProperty(
        steps,
        start,
        fc.infiniteStream(fate),
        async (its, { last, read, isCreationThin }, fates) => {
          // Before it is paid, an application does not hear of a subscription.
          const life = lifeOf([...its, step(last, its[0]?.isThin === true, 1)], isCreationThin);
          const deliveries = life.events.flatMap((event, place) => {
            const { at, dies } = fates.next().value;
            const reported = { event, place, at, isReported: true };
            return dies
              ? [{ ...reported, at: at - fates.next().value.at, isReported: false }, reported]
              : [reported];
          });
          const application = new Application();
          let present = Math.min(read?.place ?? 0, life.states.length - 1);
          const first = life.states[present];
          if (read !== null && first !== undefined)
            await recordFromStripe(first.id, objectState(first), new Date((T + read.secondsAfter) * 1000));
          for (const { event, place, isReported } of deliveries.toSorted((a, b) => a.at - b.at)) {
            const { ahead, isRepaired } = fates.next().value;
            present = Math.min(Math.max(present, place + ahead), life.states.length - 1);
            const state = life.states[present] ?? life.end;
            if (isRepaired) await repair(state);
            const applied = await apply(event, state);
            if (isReported) application.hear(applied);
          }
          const { status, pausedCollection, cancelAtPeriodEnd, items } = application.state ?? {};
          const [quantity] = (items ?? []).map((sold) => sold.quantity);
          expect({ status, isPaused: pausedCollection !== undefined, cancelAtPeriodEnd, quantity }).toEqual({
            status: life.end.status,
            isPaused: life.end.pause_collection !== null,
            cancelAtPeriodEnd: life.end.cancel_at_period_end,
            quantity: Object(life.end.items).data[0].quantity,
          });
        },
      ),
      { numRuns: tries({ sample: 10, whole: 150 }) },
    );
  });
});
