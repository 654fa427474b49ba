/**
 * Begins a wait. The token is recorded before the object's record is read, and a consumer records an event before it looks
 * for tokens. So one of the two finds the other, whichever is faster; if both do, the second is told that the step has ended.
 */
import { getItem } from "../aws/dynamodb.ts";
import { env } from "../env.ts";
import { recordedIn, seenIn } from "../events/recorded.ts";
import { createSealer } from "../sealing/sealing.ts";
import { endWait } from "./end-wait.ts";
import { type Outcome, outcomeOf } from "./wait.ts";
import { putWait, type Waiting } from "./wait-items.ts";

/** Begins the wait, and ends it at once if its event has arrived before. Safe to repeat. */
export async function beginWait(
  waiting: Waiting,
  limit: { readonly timeoutMs: number; readonly now: Date },
  secrets: readonly string[],
): Promise<Outcome["kind"] | "waiting"> {
  await putWait(waiting, limit, createSealer(secrets));
  const item = await getItem(env("STRIPE_OBJECTS_TABLE"), { objectId: waiting.objectId });
  if (item === undefined) return "waiting";
  const { state } = await recordedIn(item);
  const outcome = outcomeOf(waiting, { state, types: seenIn(item) });
  if (outcome === undefined) return "waiting";
  await endWait(waiting, outcome, secrets);
  return outcome.kind;
}
