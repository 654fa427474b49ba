/** Delivers the events of the emulator's subscriptions to the effect that looks for duplicates. */
import { objectState } from "../../lib/events/object-state.ts";
import { stripeReader } from "../../lib/events/resolve-event.ts";
import { readSnapshot } from "../../lib/events/stripe-event.ts";
import { resolveDuplicates } from "../../lib/subscriptions/resolve-duplicates.ts";
import { timeLeft } from "./time-left.ts";

/** Throws the problem with which the event would be delivered again. */
export async function deliver(emulated: { readonly type: string }, laterMs = 0): Promise<void> {
  const event = readSnapshot(emulated);
  if (event === undefined) throw new Error(`${emulated.type} is not about an object`);
  const told = objectState(event.object, event.type);
  const call = { ...timeLeft(20_000), noteVendorRequest: () => undefined };
  const now = () => new Date(Date.now() + laterMs);
  const context = {
    ...call,
    now,
    deadline: call.deadline + laterMs,
    requestId: event.id,
    read: stripeReader(call),
  };
  await resolveDuplicates({ event, told, current: told, isStale: false }, context);
}
