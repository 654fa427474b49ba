/**
 * What an application gates on: who has access, until when, to what. Made from the recorded states of a customer, its
 * subscriptions, payment methods and entitlements; the same whether they come from our table or from Stripe. Pure: `now` is
 * passed in.
 *
 * What happens by itself at a known time counts from that time on, even if the event about it has not arrived: a scheduled end, a trial
 * that ends without a card, a pause that ends. A renewal does not: until the grace has passed, no news is good news.
 */
import type { ObjectState } from "../events/object-state.ts";
import { present } from "../present.ts";

export interface RecordedObject {
  readonly id: string;
  readonly state: ObjectState;
  /** When Stripe knew it to be so: Unix seconds. */
  readonly knownAt: number;
}

export const ACCESS_REASONS = ["active", "trialing", "grace", "past-due", "paused", "ended", "none"] as const;
export type AccessReason = (typeof ACCESS_REASONS)[number];

export interface Access {
  readonly active: boolean;
  readonly reason: AccessReason;
  /** Until when this is known to hold. UTC, ISO 8601. */
  readonly until?: string;
}

export interface SubscriptionState {
  readonly subscriptionId: string;
  readonly customerId: string;
  readonly status: string;
  readonly items: readonly { itemId: string; priceId: string; quantity: number }[];
  readonly currentPeriodEnd?: string;
  readonly cancelAtPeriodEnd: boolean;
  readonly cancelAt?: string;
  readonly trialEnd?: string;
  readonly pausedUntil?: string;
  readonly metadata: Readonly<Record<string, string>>;
}

export interface CustomerState {
  readonly customerId: string;
  readonly userId?: string;
  readonly email?: string;
  readonly hasPaymentMethod: boolean;
  readonly delinquent: boolean;
  readonly access: Access;
  /** The newest first; ended ones too. */
  readonly subscriptions: readonly SubscriptionState[];
  /** Lookup keys of features, in alphabetical order. */
  readonly entitlements: readonly string[];
  /** The time of the latest news: UTC, ISO 8601. */
  readonly asOf: string;
}

interface Clock {
  readonly now: Date;
  /** For how many days an overdue payment does not end access. */
  readonly graceDays: number;
}

const MS_A_DAY = 24 * 60 * 60 * 1000;

/** The state that these records of one customer add up to. */
export function customerState(
  customerId: string,
  records: readonly RecordedObject[],
  clock: Clock,
): CustomerState {
  const ofType = (type: string) => records.filter(({ state }) => state.objectType === type);
  const customer = ofType("customer")[0]?.state;
  const subscriptions = ofType("subscription").toSorted(newestFirst);
  const hasPaymentMethod =
    ofType("payment_method").some(({ state }) => state.status === "attached") ||
    customer?.defaultPaymentMethodId !== undefined ||
    subscriptions.some(({ state }) => !state.final && state.defaultPaymentMethodId !== undefined);
  return {
    customerId,
    ...present({ userId: customer?.metadata?.userId, email: customer?.email }),
    hasPaymentMethod,
    delinquent: customer?.delinquent === true,
    access: bestOf(subscriptions.map(({ state }) => accessOf(state, hasPaymentMethod, clock))),
    subscriptions: subscriptions.map(shownSubscription),
    entitlements: records.flatMap(({ state }) => state.entitlements ?? []),
    asOf: new Date(Math.max(0, ...records.map(({ knownAt }) => knownAt)) * 1000).toISOString(),
  };
}

/** The access that one subscription gives. */
export function accessOf(state: ObjectState, hasPaymentMethod: boolean, { now, graceDays }: Clock): Access {
  const isPast = (time: string | undefined) => time !== undefined && Date.parse(time) <= now.getTime();
  const end = state.cancelAt ?? (state.cancelAtPeriodEnd === true ? state.currentPeriodEnd : undefined);
  const graceEnd = (since: string) => new Date(Date.parse(since) + graceDays * MS_A_DAY).toISOString();
  if (isPast(end) && state.status !== "incomplete") return denied("ended");
  if (state.pausedCollection !== undefined && !isPast(state.collectionResumesAt) && !state.final)
    return denied("paused");
  switch (state.status) {
    case "trialing":
      if (!isPast(state.trialEnd)) return granted("trialing", end ?? state.trialEnd);
      if (!hasPaymentMethod && state.trialEndsWithoutCard === "cancel") return denied("ended");
      if (!hasPaymentMethod && state.trialEndsWithoutCard === "pause") return denied("paused");
      return renewed(state.trialEnd);
    case "active":
      return isPast(state.currentPeriodEnd)
        ? renewed(state.currentPeriodEnd)
        : granted("active", end ?? state.currentPeriodEnd);
    case "past_due": {
      const until = graceEnd(state.overdueSince ?? state.currentPeriodEnd ?? now.toISOString());
      return isPast(until) ? denied("past-due") : granted("grace", until);
    }
    case "unpaid":
      return denied("past-due");
    case "paused":
      return denied("paused");
    case "canceled":
      return denied("ended");
    default:
      // An incomplete subscription was never paid.
      return denied("none");
  }

  /** No event about the renewal has arrived yet. */
  function renewed(since: string | undefined): Access {
    const until = graceEnd(since ?? now.toISOString());
    return isPast(until) ? denied("past-due") : granted("active", until);
  }
}

function granted(reason: AccessReason, until: string | undefined): Access {
  return { active: true, reason, ...present({ until }) };
}

const denied = (reason: AccessReason): Access => ({ active: false, reason });

/** The access of the best reason; of equal ones, that which holds the longest. */
function bestOf(accesses: readonly Access[]): Access {
  const rank = ({ reason }: Access) => ACCESS_REASONS.indexOf(reason);
  const [best] = accesses.toSorted(
    (a, b) => rank(a) - rank(b) || (b.until ?? "").localeCompare(a.until ?? ""),
  );
  return best ?? denied("none");
}

function newestFirst(a: RecordedObject, b: RecordedObject): number {
  return (b.state.createdAt ?? "").localeCompare(a.state.createdAt ?? "") || b.id.localeCompare(a.id);
}

function shownSubscription({ id, state }: RecordedObject): SubscriptionState {
  const { status, items = [], metadata = {}, customerId = "" } = state;
  return {
    subscriptionId: id,
    customerId,
    status,
    items: items.map(({ itemId, priceId, quantity }) => ({ itemId, priceId, quantity })),
    cancelAtPeriodEnd: state.cancelAtPeriodEnd === true,
    ...present({
      currentPeriodEnd: state.currentPeriodEnd,
      cancelAt: state.cancelAt,
      trialEnd: state.trialEnd,
      pausedUntil: state.collectionResumesAt,
    }),
    metadata,
  };
}
