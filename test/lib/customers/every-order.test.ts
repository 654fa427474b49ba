/**
 * The state of a customer in every order in which the events of a life can arrive, with any repetitions, while the life goes on
 * and after it. The effect of an event depends only on what is recorded and on what Stripe has. So every event is delivered once to each
 * state that any order leads to, and not once in each order. ORDERS=all, or the whole run, adds the lives with more than six
 * events.
 */
// First, so that the code under test gets this table.
import "../../steps/memory-table.ts";
import { setImmediate } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from "@jest/globals";
import { canonicalJson } from "../../../lib/canonical-json.ts";
import { customerState } from "../../../lib/customers/customer-state.ts";
import { recordedOf, recordsAtStripe } from "../../../lib/customers/recorded-customer.ts";
import { recordState } from "../../../lib/events/projection.ts";
import { recordedIn } from "../../../lib/events/recorded.ts";
import { type StripeEmulator, startStripeEmulator } from "../../../stripe-emulator/index.ts";
import { LIVES, type Life, playLife } from "../../steps/customer-lives.ts";
import { tries } from "../../steps/effort.ts";
import * as given from "../../steps/given.ts";
import { clientOf } from "../../steps/given-stripe-emulator.ts";
import { currentItems, type Items, setItems } from "../../steps/memory-table.ts";
import { movableClock } from "../../steps/movable-clock.ts";

/** Lives with more events are left out: the number of states doubles with each event. */
const MOST_EVENTS = process.env.ORDERS === "all" ? 99 : tries({ sample: 5, whole: 99 });

given.capturedLog();
let emulator: StripeEmulator;
const totals = { lives: 0, orders: 0, states: 0, deliveries: 0 };
beforeAll(async () => {
  emulator = await startStripeEmulator({ port: 0 });
  Object.assign(process.env, {
    ...{ STAGE: "dev", STRIPE_OBJECTS_TABLE: "StripeObjectsTable", APP_SECRET: "app-secret-of-the-tests" },
    ...{ STRIPE_API_BASE: emulator.url, STRIPE_SECRET_KEY: "sk_test_local" },
  });
});
beforeEach(() => {
  movableClock(Date.UTC(2027, 0, 15));
});
afterEach(() => void jest.useRealTimers());
afterAll(async () => {
  await emulator.close();
  process.stderr.write(
    `${totals.lives} lives, ${totals.orders} orders of their events, each with any repetitions: ${totals.states} states, ${totals.deliveries} deliveries\n`,
  );
});

/** What is known at one point of a life. */
interface Point {
  /** The number of steps of the life that have happened. */
  readonly step: number;
  /** A bit for each event that has arrived. */
  readonly arrived: number;
  readonly items: Items;
}

/** Visits every state that the events can lead to. Calls `check` wherever everything that has happened has arrived. */
async function visitEveryOrder(life: Life, check: (step: number) => Promise<void>): Promise<void> {
  const seen = new Set<string>();
  const open: Point[] = [];
  const visit = async (point: Point) => {
    const key = await keyOf(point);
    if (seen.has(key)) return;
    seen.add(key);
    open.push(point);
  };
  await visit({ step: 0, arrived: 0, items: new Map() });
  for (let point = open.pop(); point !== undefined; point = open.pop()) {
    const { step, arrived, items } = point;
    // Lets the emulator's connections, which are idle meanwhile, close in time.
    await setImmediate();
    const happened = life.events.filter((event) => event.step <= step);
    if (arrived === 2 ** happened.length - 1) {
      setItems(items);
      await check(step);
    }
    if (step < life.steps.length - 1) await visit({ ...point, step: step + 1 });
    for (const [index, { event }] of happened.entries()) {
      setItems(items);
      await recordState(event, {
        read: life.steps[step]?.read ?? (async () => undefined),
        now: () => new Date(),
      });
      totals.deliveries += 1;
      await visit({ step, arrived: arrived | (2 ** index), items: currentItems() });
    }
  }
  totals.states += seen.size;
}

/** Tells points apart by everything that decides what happens next. */
async function keyOf({ step, arrived, items }: Point): Promise<string> {
  const records: unknown[] = [];
  for (const [id, item] of [...items].sort(([a], [b]) => (a < b ? -1 : 1)))
    records.push([id, await decisive(item)]);
  return canonicalJson([step, arrived, records]);
}

const known = new WeakMap<object, unknown>();

/** The record without what decides nothing: when and how often it was written, and what only notifications need. */
async function decisive(item: Readonly<Record<string, unknown>>): Promise<unknown> {
  if (known.has(item)) return known.get(item);
  const { eventId, eventCreated, stateOf, awaitsCreation } = item;
  const { state } = await recordedIn(item);
  const record = { state, eventId, eventCreated, stateOf: stateOf ?? "", waits: awaitsCreation === true };
  known.set(item, record);
  return record;
}

/** Without the time that it is from. */
function shown(life: Life, records: Parameters<typeof customerState>[1], now: Date): unknown {
  const { asOf: _, ...state } = customerState(life.customerId, records, { now, graceDays: 7 });
  return state;
}

const factorial = (n: number): number => (n <= 1 ? 1 : n * factorial(n - 1));

describe("given every order of a life's events, each as often as you like", () => {
  it.each(LIVES)("$name: the state is the fresh one wherever everything has arrived", async ({ acts }) => {
    const life = await playLife(acts, emulator, clientOf(emulator));
    if (life.events.length > MOST_EVENTS) return;
    const checked = new Set<number>();
    await visitEveryOrder(life, async (step) => {
      const { read, now } = life.steps[step] ?? { read: async () => undefined, now: new Date() };
      const fresh = (await recordsAtStripe(life.customerId, read, now)) ?? [];
      expect(shown(life, await recordedOf(life.customerId), now)).toEqual(shown(life, fresh, now));
      checked.add(step);
    });
    expect(checked.size).toBe(life.steps.length);
    totals.lives += 1;
    totals.orders += factorial(life.events.length);
  });
});
