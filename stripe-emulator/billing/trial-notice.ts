import type Stripe from "stripe";
import type { Context } from "../state/context.ts";

export const NOTICE_SECONDS = 3 * 24 * 60 * 60;

/**
 * Once for each end of a trial, three days before it, or at once for a shorter trial:
 * `customer.subscription.trial_will_end`.
 */
export function announceTrialEnd(context: Context, subscription: Stripe.Subscription): void {
  const { trial_end: end, id } = subscription;
  if (end === null || end - NOTICE_SECONDS > context.clock.now()) return;
  if (context.store.announcedTrials.get(id) === end) return;
  context.store.announcedTrials.set(id, end);
  context.emit("customer.subscription.trial_will_end", subscription);
}
