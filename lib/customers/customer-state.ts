/**
 * What an application gates on: who has access, until when, to what. Made from the recorded states of a customer, its
 * subscriptions, payment methods and entitlements; the same whether they come from our table or from Stripe. Pure: `now` is
 * passed in.
 */
import type { ObjectState } from "../events/object-state.ts";
import { present } from "../present.ts";
import { type Access, type AccessClock, accessOf, bestOf, NO_ACCESS } from "./access.ts";

export interface RecordedObject {
  readonly id: string;
  readonly state: ObjectState;
  /** When Stripe knew it to be so: Unix seconds. */
  readonly knownAt: number;
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

/** Of a deleted customer, Stripe shows nothing else. Its subscriptions have ended. */
const DELETED = {
  hasPaymentMethod: false,
  delinquent: false,
  access: NO_ACCESS,
  subscriptions: [],
  entitlements: [],
} as const satisfies Partial<CustomerState>;

/** The state that these records of one customer add up to. */
export function customerState(
  customerId: string,
  records: readonly RecordedObject[],
  clock: AccessClock,
): CustomerState {
  const ofType = (type: string) => records.filter(({ state }) => state.objectType === type);
  const customer = ofType("customer")[0]?.state;
  const asOf = new Date(Math.max(0, ...records.map(({ knownAt }) => knownAt)) * 1000).toISOString();
  if (customer?.status === "deleted") return { ...DELETED, customerId, asOf };
  const subscriptions = ofType("subscription").toSorted(newestFirst);
  const methods = ofType("payment_method").filter(({ state }) => state.status === "attached");
  const attached = new Set(methods.map(({ id }) => id));
  /** A detached one can still be recorded as the default. Only payment methods are recorded, not sources of older integrations. */
  const canBeCharged = (id: string | undefined) =>
    id !== undefined && (attached.has(id) || !id.startsWith("pm_"));
  const hasDefault = canBeCharged(customer?.defaultPaymentMethodId);
  const hasPaymentMethod =
    attached.size > 0 ||
    hasDefault ||
    subscriptions.some(({ state }) => !state.final && canBeCharged(state.defaultPaymentMethodId));
  return {
    customerId,
    ...present({ userId: customer?.metadata?.userId, email: customer?.email }),
    hasPaymentMethod,
    delinquent: customer?.delinquent === true,
    access: bestOf(
      subscriptions.map(({ state }) =>
        accessOf(state, hasDefault || canBeCharged(state.defaultPaymentMethodId), clock),
      ),
    ),
    subscriptions: subscriptions.map(shownSubscription),
    entitlements: records.flatMap(({ state }) => state.entitlements ?? []),
    asOf,
  };
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
