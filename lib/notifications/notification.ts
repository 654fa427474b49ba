/**
 * What the application is told of an event: small, in the payments' own terms, with the application's own ids. The
 * shape is that of docs/notification.schema.json; a change that could break a reader raises NOTIFICATION_VERSION. Pure.
 */
import type { ObjectState } from "../events/object-state.ts";
import type { AppliedEvent } from "../events/projection.ts";

export const NOTIFICATION_VERSION = 1;

export interface Notification {
  readonly version: typeof NOTIFICATION_VERSION;
  /** The event's id. A notification may come twice, with the same id. */
  readonly id: string;
  readonly type: NotificationType;
  /** When it happened at Stripe: UTC, ISO 8601, to the second. */
  readonly occurredAt: string;
  readonly livemode: boolean;
  /** The object as it is known now, which may be later than `occurredAt`. */
  readonly object: NotifiedObject;
  /** The metadata of the object, or of the payment or subscription that it belongs to. */
  readonly application: Readonly<Record<string, string>>;
}

export type NotifiedObject = Omit<ObjectState, "objectType" | "final" | "metadata"> & {
  readonly type: string;
  readonly id: string;
};

interface Fact {
  readonly type: string;
  /**
   * Whether it is still told when the object has come to an end since. A failed attempt of a payment that went through
   * is no news; that a refund was made is, however the refund went on.
   */
  readonly evenAfterEnd?: boolean;
  /** For types that tell of many things. */
  readonly when?: (applied: AppliedEvent) => boolean;
}

const ACTIVE = ["active", "trialing"];
const became = (statuses: readonly string[]) => (applied: AppliedEvent) =>
  statuses.includes(applied.told.status) &&
  !statuses.includes(previousStatus(applied) ?? applied.told.status);

/** By event type, what it means to the application. The first fact that holds is told. */
const FACTS = {
  "payment_intent.succeeded": [{ type: "payment.succeeded" }],
  "payment_intent.payment_failed": [{ type: "payment.failed" }],
  "payment_intent.canceled": [{ type: "payment.canceled" }],
  "payment_intent.processing": [{ type: "payment.processing" }],
  "payment_intent.requires_action": [{ type: "payment.action_required" }],
  "payment_intent.amount_capturable_updated": [{ type: "payment.authorized" }],
  "customer.subscription.created": [
    { type: "subscription.activated", when: ({ told }: AppliedEvent) => ACTIVE.includes(told.status) },
  ],
  "customer.subscription.updated": [
    { type: "subscription.activated", when: became(ACTIVE) },
    { type: "subscription.past_due", when: became(["past_due", "unpaid"]) },
    { type: "subscription.ended", when: became(["incomplete_expired", "canceled"]) },
  ],
  "customer.subscription.paused": [{ type: "subscription.paused" }],
  "customer.subscription.resumed": [{ type: "subscription.resumed" }],
  "customer.subscription.trial_will_end": [{ type: "subscription.trial_ending" }],
  "customer.subscription.deleted": [{ type: "subscription.ended" }],
  "invoice.paid": [{ type: "invoice.paid" }],
  "invoice.payment_failed": [{ type: "invoice.payment_failed" }],
  "invoice.payment_action_required": [{ type: "invoice.action_required" }],
  "invoice.voided": [{ type: "invoice.voided" }],
  "invoice.marked_uncollectible": [{ type: "invoice.uncollectible" }],
  "refund.created": [{ type: "refund.created", evenAfterEnd: true }],
  "refund.failed": [{ type: "refund.failed" }],
  "charge.dispute.created": [{ type: "dispute.opened", evenAfterEnd: true }],
  "charge.dispute.closed": [{ type: "dispute.closed" }],
  "customer.deleted": [{ type: "customer.deleted" }],
} as const satisfies Readonly<Record<string, readonly Fact[]>>;

export type NotificationType = (typeof FACTS)[keyof typeof FACTS][number]["type"];

/** Every type that there is, sorted. */
export const NOTIFICATION_TYPES: readonly NotificationType[] = [
  ...new Set(Object.values(FACTS).flatMap((facts) => facts.map(({ type }) => type))),
].sort();

/** What to tell the application of; undefined for events that mean nothing to it, or nothing any more. */
export function notificationType(applied: AppliedEvent): NotificationType | undefined {
  const { event, told, current } = applied;
  if (!isKnown(event.type)) return undefined;
  const facts: readonly (Fact & { readonly type: NotificationType })[] = FACTS[event.type];
  const fact = facts.find(({ when }) => when === undefined || when(applied));
  const hasEnded = current.final && !told.final;
  return fact === undefined || (hasEnded && fact.evenAfterEnd !== true) ? undefined : fact.type;
}

/** The notification of `applied` with this type. */
export function notificationOf(
  { event, current }: AppliedEvent,
  type: NotificationType,
  application: Readonly<Record<string, string>>,
): Notification {
  const { objectType, final: _final, metadata: _metadata, ...state } = current;
  return {
    version: NOTIFICATION_VERSION,
    id: event.id,
    type,
    occurredAt: new Date(event.created * 1000).toISOString(),
    livemode: event.livemode,
    object: { type: objectType, id: event.object.id, ...state },
    application,
  };
}

function isKnown(eventType: string): eventType is keyof typeof FACTS {
  return Object.hasOwn(FACTS, eventType);
}

function previousStatus({ event }: AppliedEvent): string | undefined {
  return typeof event.previous.status === "string" ? event.previous.status : undefined;
}
