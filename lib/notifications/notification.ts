/**
 * The notification that the application gets about an event: small, in terms of payments, with the application's own
 * ids. docs/notification.schema.json describes its shape; a change that could break a reader raises
 * NOTIFICATION_VERSION. Pure.
 */
import type { ObjectState } from "../events/object-state.ts";
import type { AppliedEvent } from "../events/projection.ts";
import { isThin } from "../events/told-so-far.ts";
import { present } from "../present.ts";
import type { Surroundings } from "./application-ids.ts";
import {
  became,
  cancellationBecame,
  collectionBecame,
  type Previous,
  periodChanged,
  previousOf,
  somethingChanged,
} from "./transitions.ts";

export const NOTIFICATION_VERSION = 1;

export interface Notification {
  readonly version: typeof NOTIFICATION_VERSION;
  /** The event's id, or one of ours: see docs/notifications.md. A notification can arrive twice, with the same id. */
  readonly id: string;
  readonly type: NotificationType;
  /** When it happened at Stripe: UTC, ISO 8601, to the second. */
  readonly occurredAt: string;
  readonly livemode: boolean;
  /** The object's latest known state, which can be later than `occurredAt`. */
  readonly object: NotifiedObject;
  /** The earlier values of what changed about a subscription; left out if nothing that the application sees did. */
  readonly previous?: Previous;
  /** The metadata of the object, or of the payment or subscription that it belongs to. */
  readonly application: Readonly<Record<string, string>>;
}

/** The parts of the recorded state that are not the application's business, or personal data. */
const WITHHELD = [
  "objectType",
  "final",
  "metadata",
  "email",
  "createdAt",
  "defaultPaymentMethodId",
  "delinquent",
  "expires",
  "overdueSince",
  "trialEndsWithoutCard",
] as const satisfies readonly (keyof ObjectState)[];

export type NotifiedObject = Omit<ObjectState, (typeof WITHHELD)[number]> & {
  readonly type: string;
  readonly id: string;
  /** Of two notifications about one object, the one with the greater revision knows the later state. */
  readonly revision?: number;
  /** Of a subscription: until when it gives access if nothing more is heard of it. Left out if it gives none. */
  readonly accessUntil?: string;
  /** Of a card that expires: what it is, its last month, and the subscriptions that are paid with it. */
  readonly brand?: string;
  readonly last4?: string;
  readonly expMonth?: number;
  readonly expYear?: number;
  readonly subscriptionIds?: readonly string[];
};

interface Fact {
  readonly type: string;
  /**
   * Whether the fact is still reported after the object has reached its end: because it is that end, or in spite of it. A
   * failed attempt is not news once the payment has succeeded; a created refund is news even if the refund has failed since.
   */
  readonly evenAfterEnd?: boolean;
  /** For event types with several meanings. */
  readonly when?: (applied: AppliedEvent) => boolean;
}

const ACTIVE = ["active", "trialing"];
const createdActive = ({ told }: AppliedEvent) => ACTIVE.includes(told.status);
const UPDATED = "customer.subscription.updated";

/** What each event type means to the application. The first fact that is true is reported. */
const FACTS = {
  "checkout.session.completed": [{ type: "checkout.completed", evenAfterEnd: true }],
  "checkout.session.async_payment_succeeded": [{ type: "checkout.payment_succeeded", evenAfterEnd: true }],
  "checkout.session.async_payment_failed": [{ type: "checkout.payment_failed" }],
  "checkout.session.expired": [{ type: "checkout.expired", evenAfterEnd: true }],
  "payment_intent.succeeded": [{ type: "payment.succeeded", evenAfterEnd: true }],
  "payment_intent.payment_failed": [{ type: "payment.failed" }],
  "payment_intent.canceled": [{ type: "payment.canceled", evenAfterEnd: true }],
  "payment_intent.processing": [{ type: "payment.processing" }],
  "payment_intent.requires_action": [{ type: "payment.action_required" }],
  "payment_intent.amount_capturable_updated": [{ type: "payment.authorized" }],
  "customer.subscription.created": [{ type: "subscription.activated", when: createdActive }],
  [UPDATED]: [
    { type: "subscription.activated", when: became(ACTIVE) },
    { type: "subscription.past_due", when: became(["past_due"]) },
    { type: "subscription.past_due", when: became(["unpaid"]) },
    { type: "subscription.ended", when: became(["incomplete_expired", "canceled"]), evenAfterEnd: true },
    { type: "subscription.collection_paused", when: collectionBecame("paused") },
    { type: "subscription.collection_resumed", when: collectionBecame("resumed") },
    { type: "subscription.cancel_scheduled", when: cancellationBecame("scheduled") },
    { type: "subscription.cancel_withdrawn", when: cancellationBecame("withdrawn") },
    { type: "subscription.changed", when: somethingChanged },
    { type: "subscription.renewed", when: periodChanged },
  ],
  "customer.subscription.paused": [{ type: "subscription.paused" }],
  "customer.subscription.resumed": [{ type: "subscription.resumed" }],
  "customer.subscription.trial_will_end": [{ type: "subscription.trial_ending" }],
  "customer.subscription.deleted": [{ type: "subscription.ended", evenAfterEnd: true }],
  "invoice.paid": [{ type: "invoice.paid", evenAfterEnd: true }],
  "invoice.payment_failed": [{ type: "invoice.payment_failed" }],
  "invoice.payment_action_required": [{ type: "invoice.action_required" }],
  "invoice.voided": [{ type: "invoice.voided", evenAfterEnd: true }],
  "invoice.marked_uncollectible": [{ type: "invoice.uncollectible" }],
  "invoice.overdue": [{ type: "invoice.overdue" }],
  "credit_note.created": [{ type: "credit_note.created", evenAfterEnd: true }],
  "credit_note.voided": [{ type: "credit_note.voided", evenAfterEnd: true }],
  "refund.created": [{ type: "refund.created", evenAfterEnd: true }],
  "refund.updated": [{ type: "refund.succeeded", when: became(["succeeded"]) }],
  "refund.failed": [{ type: "refund.failed", evenAfterEnd: true }],
  "charge.dispute.created": [{ type: "dispute.opened", evenAfterEnd: true }],
  "charge.dispute.closed": [{ type: "dispute.closed", evenAfterEnd: true }],
  "entitlements.active_entitlement_summary.updated": [{ type: "entitlements.changed" }],
  "customer.deleted": [{ type: "customer.deleted", evenAfterEnd: true }],
} as const satisfies Readonly<Record<string, readonly Fact[]>>;

/** What no event says by itself: that a customer has a second live subscription to a product. */
const DUPLICATED = "subscription.duplicated";
/** What our own consumer finds out: that Stripe does not take usage that was accepted. */
const USAGE_REFUSED = "usage.refused";
/** Nor does one say that a card is about to expire. */
const EXPIRING = "payment_method.expiring";

/** What an operator sends to try an endpoint. */
export const ENDPOINT_TEST = "endpoint.test";

export type NotificationType =
  | (typeof FACTS)[keyof typeof FACTS][number]["type"]
  | typeof DUPLICATED
  | typeof USAGE_REFUSED
  | typeof EXPIRING
  | typeof ENDPOINT_TEST;

/** Every notification type, in alphabetical order. */
export const NOTIFICATION_TYPES: readonly NotificationType[] = [
  ...new Set<NotificationType>([
    DUPLICATED,
    USAGE_REFUSED,
    EXPIRING,
    ENDPOINT_TEST,
    ...Object.values(FACTS).flatMap((facts) => facts.map(({ type }) => type)),
  ]),
].sort();

/**
 * The type of the notification to send; undefined for events that mean nothing, or no longer anything, to the
 * application.
 */
export function notificationType(applied: AppliedEvent): NotificationType | undefined {
  const { event, current } = applied;
  // It shows the subscription as it is now, so it reports what has happened since the creation, too.
  const type = isThin(event) && event.type === "customer.subscription.created" ? UPDATED : event.type;
  if (!isKnown(type)) return undefined;
  const facts: readonly (Fact & { readonly type: NotificationType })[] = FACTS[type];
  const fact = facts.find(({ when }) => when === undefined || when(applied));
  return fact === undefined || (current.final && fact.evenAfterEnd !== true) ? undefined : fact.type;
}

/**
 * The types of all notifications to send: a refund that has succeeded when it is created, as most do, is reported as created and
 * as succeeded.
 */
export function notificationTypes(applied: AppliedEvent): readonly NotificationType[] {
  const { event, told, current } = applied;
  const own = notificationType(applied);
  const hasSucceeded = event.type === "refund.created" && told.status === "succeeded" && !current.final;
  return [...(own === undefined ? [] : [own]), ...(hasSucceeded ? (["refund.succeeded"] as const) : [])];
}

/** The notification of `applied` with this type. `accessUntil` is that of a subscription. */
export function notificationOf(
  applied: AppliedEvent,
  type: NotificationType,
  { application, links }: Surroundings,
  accessUntil?: string,
): Notification {
  const { event, current, revision } = applied;
  const withheld: readonly string[] = WITHHELD;
  const { status, ...state } = current;
  const shown = Object.entries(state).filter(([name]) => !withheld.includes(name));
  const previous = current.objectType === "subscription" ? previousOf(applied) : {};
  return {
    version: NOTIFICATION_VERSION,
    // Either of two events reports it.
    id: type === "refund.succeeded" ? `evt_succeeded_${event.object.id}` : event.id,
    type,
    occurredAt: new Date(event.created * 1000).toISOString(),
    livemode: event.livemode,
    object: {
      ...{ type: current.objectType, id: event.object.id, status },
      ...present({ revision, accessUntil }),
      ...links,
      ...Object.fromEntries(shown),
    },
    ...(Object.keys(previous).length === 0 ? {} : { previous }),
    application,
  };
}

function isKnown(eventType: string): eventType is keyof typeof FACTS {
  return Object.hasOwn(FACTS, eventType);
}
