/**
 * Test clocks: everything that belongs to a customer with a test clock has the time of that clock, which stands still until
 * it is advanced. Everything else has the time of the emulator.
 */
import type { Context } from "./context.ts";
import { OBJECT_NAMES, type ObjectName, type Store, type StoredObjects } from "./store.ts";

/** The test clock that an object belongs to: its own, or that of its customer. Null for the emulator's clock. */
export function testClockOf(store: Store, object: object): string | null {
  if ("test_clock" in object && typeof object.test_clock === "string") return object.test_clock;
  const customer = "customer" in object && typeof object.customer === "string" ? object.customer : undefined;
  const clock = customer === undefined ? null : store.find("customer", customer)?.test_clock;
  return typeof clock === "string" ? clock : null;
}

/** The test clock of the first of these ids that belongs to one. Ids that no object has are passed over. */
export function testClockOfAny(store: Store, ids: readonly string[]): string | null {
  for (const id of ids) {
    if (store.find("test_helpers.test_clock", id) !== undefined) return id;
    for (const name of OBJECT_NAMES) {
      const found = store.find(name, id);
      const clock = found === undefined ? null : testClockOf(store, found);
      if (clock !== null) return clock;
    }
  }
  return null;
}

/** The same context with the time of a test clock, or, for null, as it is. */
export function onTestClock(context: Context, testClock: string | null): Context {
  if (testClock === null || context.testClock === testClock) return context;
  const { store, clock } = context;
  const now = () => store.find("test_helpers.test_clock", testClock)?.frozen_time ?? clock.now();
  return { ...context, clock: { now }, testClock };
}

/** The objects of a kind that have the time of this context, oldest first. */
export function allOnClock<K extends ObjectName>(context: Context, name: K): StoredObjects[K][] {
  return context.store.all(name).filter((object) => testClockOf(context.store, object) === context.testClock);
}
