import type Stripe from "stripe";
import { contextFor, type Emulator } from "../emulator/emulator.ts";
import { nextDue } from "./catch-up.ts";
import { afterOtherMoves, nextStep, pass } from "./move-clock.ts";

/** A short advance has ended when the caller gets the response, so that a script needs to wait for a long one only. */
const RESPONSE_WAITS_MILLISECONDS = 1_000;

/**
 * Begins to move every test clock that has been told to advance. Resolves when they have arrived, or after a second: then
 * they go on moving. Never rejects.
 */
export async function advanceTestClocks(emulator: Emulator): Promise<void> {
  const begun = emulator.store
    .all("test_helpers.test_clock")
    .filter(({ id, status }) => status === "advancing" && !emulator.advancing.has(id))
    .map(({ id }) => begin(emulator, id));
  if (begun.length === 0) return;
  let timer: NodeJS.Timeout | undefined;
  const waited = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, RESPONSE_WAITS_MILLISECONDS).unref();
  });
  await Promise.race([Promise.all(begun), waited]);
  clearTimeout(timer);
}

async function begin(emulator: Emulator, id: string): Promise<void> {
  emulator.advancing.add(id);
  try {
    await afterOtherMoves(emulator, () => advance(emulator, id));
  } catch (error) {
    emulator.log(`error: ${error instanceof Error ? error.stack : String(error)}`);
    end(emulator, id, "internal_failure");
  } finally {
    emulator.advancing.delete(id);
    emulator.store.onChange();
  }
}

/**
 * Moves a test clock to the time it was told, in steps like {@link moveClock}. The emulator's clock follows: it moves along
 * as soon as the test clock would be ahead of it, and what is due on either happens in the order of time.
 */
async function advance(emulator: Emulator, id: string): Promise<void> {
  const { clock, options } = emulator;
  const target = find(emulator, id)?.status_details.advancing?.target_frozen_time;
  if (target === undefined) return;
  const dueElsewhere = options.clockFollower?.begin(clock.now(), Math.max(clock.now(), target)) ?? [];
  try {
    for (let moving = find(emulator, id); moving !== undefined; moving = find(emulator, id)) {
      const { frozen_time: frozen } = moving;
      const ownDue = nextDue(contextFor(emulator, undefined, [id]), frozen) ?? Number.POSITIVE_INFINITY;
      const due = Math.min(ownDue, nextStep(emulator, dueElsewhere));
      if (due > target) break;
      await moveTo(emulator, id, due);
    }
    await moveTo(emulator, id, target);
  } finally {
    options.clockFollower?.end();
  }
  end(emulator, id, "ready");
}

/** Neither clock moves back. A clock that a reset has removed does not move. */
async function moveTo(emulator: Emulator, id: string, time: number): Promise<void> {
  const { clock, store } = emulator;
  const found = find(emulator, id);
  if (found === undefined) return;
  store.patch("test_helpers.test_clock", found, { frozen_time: Math.max(found.frozen_time, time) });
  clock.advance(Math.max(0, time - clock.now()));
  await pass(emulator, id);
}

function end(emulator: Emulator, id: string, status: "ready" | "internal_failure"): void {
  const { store } = emulator;
  const found = find(emulator, id);
  if (found === undefined) return;
  const ended = store.patch("test_helpers.test_clock", found, { status, status_details: {} });
  const { emit } = contextFor(emulator);
  if (status === "ready") emit("test_helpers.test_clock.ready", ended);
  else emit("test_helpers.test_clock.internal_failure", ended);
}

function find({ store }: Emulator, id: string): Stripe.TestHelpers.TestClock | undefined {
  return store.find("test_helpers.test_clock", id);
}
