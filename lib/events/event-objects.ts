/** Which kind of object each event type is about, and how the ids of that kind begin. Pure. */
import { queueOf } from "./event-queues.ts";

export interface ObjectKind {
  /** Stripe's name for the kind, such as `payment_intent`. */
  readonly objectType: string;
  /** For messages: `a payment intent`. */
  readonly name: string;
  /** What Stripe's ids of this kind begin with. */
  readonly prefixes: readonly string[];
  /** What capabilities call an id of this kind. */
  readonly field: string;
}

/** The kinds by the beginning of their event types; a longer beginning comes before a shorter one. */
const KINDS: readonly (readonly [string, ObjectKind])[] = [
  ["payment_intent.", kind("payment_intent", "a payment intent", "paymentIntentId", "pi_")],
  ["customer.subscription.", kind("subscription", "a subscription", "subscriptionId", "sub_")],
  ["invoice.", kind("invoice", "an invoice", "invoiceId", "in_")],
  ["credit_note.", kind("credit_note", "a credit note", "creditNoteId", "cn_")],
  ["checkout.session.", kind("checkout.session", "a Checkout session", "sessionId", "cs_")],
  ["charge.dispute.", kind("dispute", "a dispute", "disputeId", "dp_", "du_")],
  ["charge.", kind("charge", "a charge", "chargeId", "ch_", "py_")],
  ["refund.", kind("refund", "a refund", "refundId", "re_", "pyr_")],
  ["customer.", kind("customer", "a customer", "customerId", "cus_")],
  [
    "payment_method.",
    kind("payment_method", "a payment method", "paymentMethodId", "pm_", "card_", "src_", "ba_"),
  ],
];

function kind(objectType: string, name: string, field: string, ...prefixes: readonly string[]): ObjectKind {
  return { objectType, name, prefixes, field };
}

export const OBJECT_KINDS: readonly ObjectKind[] = KINDS.map(([, found]) => found);

/** The kind of object that events of this type are about; undefined if no consumer records it under an id of its own. */
export function objectOfEvent(eventType: string): ObjectKind | undefined {
  if (queueOf(eventType) === "unrouted") return undefined;
  return KINDS.find(([beginning]) => eventType.startsWith(beginning))?.[1];
}

/** Whether an object of this kind can have this id. */
export function canHaveId({ prefixes }: ObjectKind, id: string): boolean {
  return prefixes.some((prefix) => id.startsWith(prefix) && /^\w+$/.test(id.slice(prefix.length)));
}
