/** What passing time does to subscription schedules: they begin, go on to their next phase, and end. */
import type Stripe from "stripe";
import { StripeApiError } from "../protocol/errors.ts";
import { apiRequest } from "../state/api-request.ts";
import type { Context } from "../state/context.ts";
import { allOnClock } from "../state/test-clock.ts";
import { applyPhase, startSubscription } from "./apply-phase.ts";
import { abort, letGo } from "./end-schedule.ts";

type Schedule = Stripe.SubscriptionSchedule;

const NOTICE_SECONDS = 7 * 24 * 60 * 60;

/** Brings the schedules that have the context's clock up to its time. */
export function runSchedules(context: Context): void {
  for (const { id } of allOnClock(context, "subscription_schedule")) {
    let due = true;
    while (due) due = step(context, context.store.get("subscription_schedule", id));
  }
}

/** The times at which something is due for a schedule, in unix seconds. */
export function scheduleTimes(context: Context): number[] {
  return allOnClock(context, "subscription_schedule").flatMap(
    ({ status, phases, current_phase: current }) => {
      const [first] = phases;
      const last = phases.at(-1);
      if (status === "not_started") return first === undefined ? [] : [first.start_date];
      if (status !== "active" || current === null || last === undefined) return [];
      return [current.end_date, last.end_date - NOTICE_SECONDS];
    },
  );
}

/** Begins the first phase: the events of a new subscription, then `subscription_schedule.updated`. */
export function startSchedule(context: Context, schedule: Schedule): Schedule {
  const subscription = startSubscription(context, schedule);
  const { store } = context;
  store.patch("subscription", subscription, { schedule: schedule.id });
  const begun = store.patch("subscription_schedule", schedule, {
    status: "active",
    subscription: subscription.id,
    current_phase: datesOf(schedule.phases[0]),
  });
  context.emit("subscription_schedule.updated", begun, {
    status: schedule.status,
    subscription: null,
    current_phase: null,
  });
  return begun;
}

/** Does the next thing that is due for the schedule. Returns whether there may be another. */
function step(context: Context, schedule: Schedule): boolean {
  const now = context.clock.now();
  const { status, phases, current_phase: current } = schedule;
  if (status === "not_started" && (phases[0]?.start_date ?? now) <= now) {
    return attempt(context, schedule, () => startSchedule(context, schedule));
  }
  if (status !== "active" || current === null) return false;
  announceEnd(context, schedule, now);
  if (current.end_date > now) return false;
  const next = phases.find(({ start_date: start }) => start >= current.end_date);
  if (next === undefined) finish(context, schedule);
  else attempt(context, schedule, () => beginPhase(context, schedule, next));
  return true;
}

/** A schedule whose subscription cannot become what its phase says is aborted. */
function attempt(context: Context, schedule: Schedule, action: () => unknown): boolean {
  try {
    action();
  } catch (error) {
    if (!(error instanceof StripeApiError)) throw error;
    letGo(context, schedule);
    abort(context, schedule);
  }
  return true;
}

function beginPhase(context: Context, schedule: Schedule, phase: Stripe.SubscriptionSchedule.Phase): void {
  applyPhase(context, schedule, phase);
  const moved = context.store.patch("subscription_schedule", schedule, { current_phase: datesOf(phase) });
  context.emit("subscription_schedule.updated", moved, { current_phase: schedule.current_phase });
}

function datesOf(
  phase: Stripe.SubscriptionSchedule.Phase | undefined,
): Stripe.SubscriptionSchedule.CurrentPhase | null {
  return phase === undefined ? null : { start_date: phase.start_date, end_date: phase.end_date };
}

/** After the last phase: `subscription_schedule.completed`; with `cancel`, the subscription ends, too. */
function finish(context: Context, schedule: Schedule): void {
  if (schedule.end_behavior === "renew") {
    repeatLastPhase(context, schedule);
    return;
  }
  letGo(context, schedule);
  const completed = context.store.patch("subscription_schedule", schedule, {
    status: "completed",
    completed_at: context.clock.now(),
    current_phase: null,
  });
  const subscription = context.store.find("subscription", String(schedule.subscription));
  if (schedule.end_behavior === "cancel" && subscription?.ended_at === null)
    apiRequest(context, "DELETE", `/v1/subscriptions/${subscription.id}`);
  context.emit("subscription_schedule.completed", completed);
}

function repeatLastPhase(context: Context, schedule: Schedule): void {
  const last = schedule.phases.at(-1);
  if (last === undefined) return;
  const length = last.end_date - last.start_date;
  const again = { ...last, start_date: last.end_date, end_date: last.end_date + length, trial_end: null };
  const renewed = context.store.patch("subscription_schedule", schedule, {
    phases: [...schedule.phases, again],
    current_phase: datesOf(again),
  });
  context.emit("subscription_schedule.updated", renewed, {
    phases: schedule.phases,
    current_phase: schedule.current_phase,
  });
}

/** Once, a week before the last phase ends: `subscription_schedule.expiring`. */
function announceEnd(context: Context, schedule: Schedule, now: number): void {
  const end = schedule.phases.at(-1)?.end_date;
  if (end === undefined || end - NOTICE_SECONDS > now) return;
  const isAnnounced = context.store
    .all("event")
    .some(
      ({ type, data }) =>
        type === "subscription_schedule.expiring" &&
        "id" in data.object &&
        data.object.id === schedule.id &&
        "phases" in data.object &&
        Array.isArray(data.object.phases) &&
        data.object.phases.at(-1)?.end_date === end,
    );
  if (!isAnnounced) context.emit("subscription_schedule.expiring", schedule);
}
