import type Stripe from "stripe";
import type { Context } from "../state/context.ts";
import { onTestClock, testClockOf } from "../state/test-clock.ts";

/** The schedule manages its subscription no more. */
export function letGo({ store }: Context, schedule: Stripe.SubscriptionSchedule): void {
  const subscription = store.find("subscription", String(schedule.subscription));
  if (subscription !== undefined) store.patch("subscription", subscription, { schedule: null });
}

/** `subscription_schedule.canceled`. */
export function markCanceled(
  context: Context,
  schedule: Stripe.SubscriptionSchedule,
): Stripe.SubscriptionSchedule {
  const canceled = context.store.patch("subscription_schedule", schedule, {
    status: "canceled",
    canceled_at: context.clock.now(),
    current_phase: null,
  });
  context.emit("subscription_schedule.canceled", canceled);
  return canceled;
}

/** Cancels a schedule that cannot go on: `subscription_schedule.aborted`. */
export function abort(context: Context, schedule: Stripe.SubscriptionSchedule): Stripe.SubscriptionSchedule {
  const aborted = context.store.patch("subscription_schedule", schedule, {
    status: "canceled",
    canceled_at: context.clock.now(),
    current_phase: null,
  });
  context.emit("subscription_schedule.aborted", aborted);
  return aborted;
}

/** A schedule ends with its subscription: it is aborted when payments have failed, and otherwise canceled. */
export function followWithSchedule(context: Context, type: string, object: object): void {
  if (type !== "customer.subscription.deleted" || !("id" in object)) return;
  const schedule = context.store
    .all("subscription_schedule")
    .find(({ subscription, status }) => subscription === object.id && status === "active");
  if (schedule === undefined) return;
  const reason = context.store.find("subscription", String(object.id))?.cancellation_details?.reason;
  const own = onTestClock(context, testClockOf(context.store, schedule));
  if (reason === "payment_failed") abort(own, schedule);
  else markCanceled(own, schedule);
}
