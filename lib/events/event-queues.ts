/** The one table that routes Stripe's event types to queues; each has a consumer Lambda. Pure. */

/**
 * The event types of each queue; its consumer records their objects. `subscribedEventTypes` says which of them the webhook endpoint at
 * Stripe is created with (`npm run stripe -- webhook create`). Source: https://docs.stripe.com/api/events/types
 */
const TYPES_OF_QUEUE = {
  "payment-intent": [
    "checkout.session.async_payment_failed",
    "checkout.session.async_payment_succeeded",
    "checkout.session.completed",
    "checkout.session.expired",
    "payment_intent.amount_capturable_updated",
    "payment_intent.canceled",
    "payment_intent.created",
    "payment_intent.partially_funded",
    "payment_intent.payment_failed",
    "payment_intent.processing",
    "payment_intent.requires_action",
    "payment_intent.succeeded",
  ],
  subscription: [
    "customer.subscription.created",
    "customer.subscription.deleted",
    "customer.subscription.paused",
    "customer.subscription.pending_update_applied",
    "customer.subscription.pending_update_expired",
    "customer.subscription.resumed",
    "customer.subscription.trial_will_end",
    "customer.subscription.updated",
  ],
  invoice: [
    "credit_note.created",
    "credit_note.updated",
    "credit_note.voided",
    "invoice.created",
    "invoice.deleted",
    "invoice.finalization_failed",
    "invoice.finalized",
    "invoice.marked_uncollectible",
    "invoice.overdue",
    "invoice.paid",
    "invoice.payment_action_required",
    "invoice.payment_failed",
    "invoice.payment_succeeded",
    "invoice.sent",
    "invoice.updated",
    "invoice.voided",
  ],
  charge: [
    "charge.captured",
    "charge.dispute.closed",
    "charge.dispute.created",
    "charge.dispute.funds_reinstated",
    "charge.dispute.funds_withdrawn",
    "charge.dispute.updated",
    "charge.expired",
    "charge.failed",
    "charge.pending",
    "charge.refunded",
    "charge.succeeded",
    "charge.updated",
    "refund.created",
    "refund.failed",
    "refund.updated",
  ],
  customer: [
    "customer.created",
    "customer.deleted",
    "customer.updated",
    "entitlements.active_entitlement_summary.updated",
    "payment_method.attached",
    "payment_method.automatically_updated",
    "payment_method.detached",
    "payment_method.updated",
  ],
} as const satisfies Record<string, readonly string[]>;

/**
 * Thin events in which Stripe reports wrong usage of a meter, without their prefix. Snapshot events do not have these types, so an
 * endpoint for snapshots cannot ask for them.
 */
export const METER_REPORTS: readonly string[] = [
  "billing.meter.error_report_triggered",
  "billing.meter.no_meter_found",
];

/**
 * `usage` gets the usage that our callers record, and Stripe's reports about it. `unrouted` gets every other type. Its consumer stores the
 * event in the inbox as ignored, so that it can be replayed.
 */
export type EventQueue = keyof typeof TYPES_OF_QUEUE | "usage" | "unrouted";

/**
 * `notification` gets what is published to the application, to be sent to endpoints. `delivery` gets one message for each notification
 * and endpoint.
 */
export type EndpointQueue = "notification" | "delivery";

/** The queues whose messages have our MAC. */
export type SignedQueue = EventQueue | EndpointQueue;

/** Every queue with a consumer: `mail` gets what SES reports about our mails, and nothing of ours sends to it. */
export type ConsumedQueue = SignedQueue | "mail";

/** Every queue of Stripe's events; the one for types without a consumer comes last. */
export const EVENT_QUEUES: readonly EventQueue[] = [
  "payment-intent",
  "subscription",
  "invoice",
  "charge",
  "customer",
  "usage",
  "unrouted",
];

export const CONSUMED_QUEUES: readonly ConsumedQueue[] = [
  ...EVENT_QUEUES,
  "mail",
  "notification",
  "delivery",
];

const QUEUE_OF_TYPE: ReadonlyMap<string, EventQueue> = new Map(
  Object.entries(TYPES_OF_QUEUE).flatMap(([queue, types]) =>
    types.map((type): [string, EventQueue] => [
      type,
      EVENT_QUEUES.find((known) => known === queue) ?? "unrouted",
    ]),
  ),
);

/** Every type that has a consumer, in alphabetical order. */
export const ROUTED_EVENT_TYPES: readonly string[] = [...QUEUE_OF_TYPE.keys()].sort();

/**
 * Types from which nothing follows that the application is told, a payer is mailed or a run waits for, and whose state another event
 * reports as soon as it matters. They are applied if they arrive, but Stripe is not asked for them: each would cost a request,
 * two invocations, an entry in the audit log and nine writes.
 */
export const REPEATING_TYPES: ReadonlySet<string> = new Set([
  // A charge shares the fate of its payment intent, whose event Stripe sends at the same time. Refunds and disputes have their own.
  "charge.captured",
  "charge.expired",
  "charge.failed",
  "charge.pending",
  "charge.succeeded",
  // After each payment: the balance transaction of the charge is known, which we do not record.
  "charge.updated",
  // A draft: the payer gets the invoice, and the application hears of it, only after invoice.finalized.
  "invoice.created",
  // Always together with invoice.paid.
  "invoice.payment_succeeded",
  // Nobody has tried to pay. Every later status has an event of its own.
  "payment_intent.created",
]);

/** Whether Stripe is asked for the events of this type. `awaited`: the types that steps of workflows wait for. */
export function isSubscribed(eventType: string, awaited: readonly string[]): boolean {
  return !REPEATING_TYPES.has(eventType) || awaited.includes(eventType);
}

/** The types that the webhook endpoint asks Stripe for, in alphabetical order. */
export const subscribedEventTypes = (awaited: readonly string[]): readonly string[] =>
  ROUTED_EVENT_TYPES.filter((type) => isSubscribed(type, awaited));

/** The queue of a snapshot event's type. */
export function queueOf(eventType: string): EventQueue {
  return QUEUE_OF_TYPE.get(eventType) ?? "unrouted";
}

/** Name of the environment variable with the queue's URL, such as `PAYMENT_INTENT_EVENTS_QUEUE_URL`. */
export function queueUrlVariable(queue: ConsumedQueue): string {
  return `${queue.toUpperCase().replaceAll("-", "_")}_EVENTS_QUEUE_URL`;
}

/** The URL of the queue's dead-letter queue, which has the queue's name with `-dead-letter` at the end. */
export function deadLetterUrl(queueUrl: string): string {
  return `${queueUrl}-dead-letter`;
}
