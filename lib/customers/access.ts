/**
 * Who has access: what one subscription gives, at a time. Pure: `now` is passed in.
 *
 * What happens by itself at a known time counts from that time on, even if the event about it has not arrived: a scheduled end, a trial
 * that ends without a card, a pause that ends. A renewal does not: until the grace has passed, no news is good news.
 */
import type { ObjectState } from "../events/object-state.ts";
import { present } from "../present.ts";

/** The best first. */
export const ACCESS_REASONS = ["active", "trialing", "grace", "past-due", "paused", "ended", "none"] as const;
export type AccessReason = (typeof ACCESS_REASONS)[number];

export interface Access {
  readonly active: boolean;
  readonly reason: AccessReason;
  /** Until when this is known to hold. UTC, ISO 8601. */
  readonly until?: string;
}

export interface AccessClock {
  readonly now: Date;
  /** For how many days an overdue payment does not end access. */
  readonly graceDays: number;
}

export const NO_ACCESS: Access = { active: false, reason: "none" };

const MS_A_DAY = 24 * 60 * 60 * 1000;
/** The statuses of subscriptions that were started and have not ended. */
const STARTED: ReadonlySet<string> = new Set(["active", "trialing", "past_due", "unpaid", "paused"]);

/**
 * The access that a subscription gives. `hasDefaultMethod`: whether Stripe knows what to charge at the end of a trial, which is the
 * default payment method of the subscription or of its customer. A card that is only attached does not count.
 */
export function accessOf(state: ObjectState, hasDefaultMethod: boolean, clock: AccessClock): Access {
  const isPast = (time: string | undefined) => time !== undefined && Date.parse(time) <= clock.now.getTime();
  const end = scheduledEnd(state);
  if (state.status === "canceled") return denied("ended");
  // An incomplete subscription was never paid.
  if (!STARTED.has(state.status)) return NO_ACCESS;
  if (isPast(end)) return denied("ended");
  if (state.pausedCollection !== undefined && !isPast(state.collectionResumesAt)) return denied("paused");
  switch (state.status) {
    case "trialing":
      if (!isPast(state.trialEnd)) return granted("trialing", earliest(end, state.trialEnd));
      if (!hasDefaultMethod && state.trialEndsWithoutCard === "cancel") return denied("ended");
      if (!hasDefaultMethod && state.trialEndsWithoutCard === "pause") return denied("paused");
      return inGrace("active");
    case "active":
      return isPast(state.currentPeriodEnd)
        ? inGrace("active")
        : granted("active", earliest(end, state.currentPeriodEnd));
    case "past_due":
      return inGrace("grace");
    case "paused":
      return denied("paused");
    default:
      return denied("past-due");
  }

  /** A payment is overdue, or no event about a renewal has arrived yet. */
  function inGrace(reason: AccessReason): Access {
    const until = graceEnd(state, clock);
    return isPast(until) ? denied("past-due") : granted(reason, earliest(end, until));
  }
}

/**
 * Until when a subscription gives access if nothing more is heard of it: UTC, ISO 8601. Undefined if it gives none now. A trial is
 * taken to end with a card.
 */
export function accessUntil(state: ObjectState, clock: AccessClock): string | undefined {
  return accessOf(state, true, clock).active
    ? earliest(scheduledEnd(state), graceEnd(state, clock))
    : undefined;
}

/** The access of the best reason; of equal ones, the one that holds the longest. */
export function bestOf(accesses: readonly Access[]): Access {
  const rank = ({ reason }: Access) => ACCESS_REASONS.indexOf(reason);
  const [best] = accesses.toSorted(
    (a, b) => rank(a) - rank(b) || (b.until ?? "").localeCompare(a.until ?? ""),
  );
  return best ?? NO_ACCESS;
}

/** When the subscription ends by itself, if it does. UTC, ISO 8601. */
export function scheduledEnd({
  cancelAt,
  cancelAtPeriodEnd,
  currentPeriodEnd,
}: ObjectState): string | undefined {
  return cancelAt ?? (cancelAtPeriodEnd === true ? currentPeriodEnd : undefined);
}

/** When the grace for the last payment that was due, or is due next, ends. */
function graceEnd(state: ObjectState, { now, graceDays }: AccessClock): string {
  const { status, overdueSince, trialEnd, currentPeriodEnd } = state;
  const due = status === "past_due" ? overdueSince : status === "trialing" ? trialEnd : undefined;
  const from = due ?? currentPeriodEnd ?? now.toISOString();
  return new Date(Date.parse(from) + graceDays * MS_A_DAY).toISOString();
}

function earliest(...times: readonly (string | undefined)[]): string | undefined {
  return times
    .filter((time) => time !== undefined)
    .toSorted((a, b) => Date.parse(a) - Date.parse(b))
    .at(0);
}

function granted(reason: AccessReason, until: string | undefined): Access {
  return { active: true, reason, ...present({ until }) };
}

const denied = (reason: AccessReason): Access => ({ active: false, reason });
