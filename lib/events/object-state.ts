/** Converts Stripe's objects to the states that the projection records. Pure; trusts no field's type. */
import { present } from "../present.ts";
import { withoutOwnMetadata } from "../stripe/own-metadata.ts";
import { earliestPeriodEnd } from "../stripe/period-end.ts";
import { idOf, listed } from "../stripe/stripe-fields.ts";
import {
  entryOf,
  fieldOf,
  fieldsOf,
  isoTimeOf,
  isRecord,
  textFor,
  textOf,
  wholeNumberOf,
} from "../untrusted.ts";
import { ENTITLEMENT_SUMMARY } from "./entitlement-summary.ts";
import type { StripeObject } from "./stripe-event.ts";

/** The recorded part of an object: states, ids and amounts; no personal data and no client secret. */
export interface ObjectState {
  /** Stripe's name for the kind, such as `payment_intent`. */
  readonly objectType: string;
  readonly status: string;
  /** True when Stripe never changes this status again. */
  readonly final: boolean;
  readonly customerId?: string;
  /** In the currency's smallest unit. */
  readonly amount?: number;
  readonly amountRefunded?: number;
  /** Of a payment: what was captured, if that is less than `amount`. */
  readonly amountReceived?: number;
  readonly currency?: string;
  readonly declineCode?: string;
  /** Of a checkout session: `payment`, `setup` or `subscription`. */
  readonly mode?: string;
  /** Of a checkout session: `paid`, `no_payment_required`, or `unpaid` while the payment is with a bank. */
  readonly paymentStatus?: string;
  /** The charge, payment intent, subscription or invoice that it belongs to, as far as Stripe's object says so. */
  readonly chargeId?: string;
  readonly paymentIntentId?: string;
  readonly subscriptionId?: string;
  readonly invoiceId?: string;
  /** How often payment of an invoice was attempted. */
  readonly attemptCount?: number;
  readonly reason?: string;
  /** UTC, ISO 8601. */
  readonly currentPeriodEnd?: string;
  /** What happens to a subscription's invoices while collecting payments is paused: its status does not show that. */
  readonly pausedCollection?: string;
  /** When collecting payments resumes by itself. UTC, ISO 8601. */
  readonly collectionResumesAt?: string;
  /** What a subscription is for. */
  readonly items?: readonly SubscriptionItem[];
  readonly cancelAtPeriodEnd?: boolean;
  /** When a subscription ends by itself. UTC, ISO 8601. */
  readonly cancelAt?: string;
  readonly trialEnd?: string;
  /** What becomes of a subscription whose trial ends without a payment method: `cancel`, `create_invoice` or `pause`. */
  readonly trialEndsWithoutCard?: string;
  /** Since when the payment of a subscription is overdue. UTC, ISO 8601. */
  readonly overdueSince?: string;
  /** UTC, ISO 8601. */
  readonly createdAt?: string;
  /** Of a customer: whether the latest invoice's payment failed, as Stripe sees it. */
  readonly delinquent?: boolean;
  /** Of a customer or a subscription: the payment method of its next invoices. */
  readonly defaultPaymentMethodId?: string;
  /** Of a customer; it is sealed in the table. */
  readonly email?: string;
  /** Of a card: the last month in which it works, such as `2027-04`. */
  readonly expires?: string;
  /** The lookup keys of the features that a customer is entitled to, in alphabetical order. */
  readonly entitlements?: readonly string[];
  readonly metadata?: Readonly<Record<string, string>>;
}

export interface SubscriptionItem {
  readonly itemId: string;
  readonly priceId: string;
  readonly productId?: string;
  readonly quantity: number;
}

/** The status of an object that shows none. */
export const UNKNOWN_STATUS = "unknown";

type Reader = (object: StripeObject) => Omit<ObjectState, "objectType" | "metadata" | "customerId">;

const READERS: Readonly<Record<string, Reader>> = {
  payment_intent: (intent) => ({
    ...withStatus(intent, ["succeeded", "canceled"]),
    ...money(intent, "amount"),
    ...present({
      amountReceived: partReceived(intent),
      declineCode: declineCodeOf(intent.last_payment_error),
      chargeId: idOf(intent.latest_charge),
    }),
  }),
  "checkout.session": (session) => ({
    status: textOf(session.status) ?? UNKNOWN_STATUS,
    // A completed session whose payment is with a bank still changes, but not its status.
    final:
      session.status === "expired" || (session.status === "complete" && session.payment_status !== "unpaid"),
    ...money(session, "amount_total"),
    ...present({
      mode: textOf(session.mode),
      paymentStatus: textOf(session.payment_status),
      paymentIntentId: idOf(session.payment_intent),
      subscriptionId: idOf(session.subscription),
      invoiceId: idOf(session.invoice),
    }),
  }),
  subscription: (subscription) => ({
    ...withStatus(subscription, ["canceled", "incomplete_expired"]),
    ...present({
      currentPeriodEnd: earliestPeriodEnd(subscription.items),
      items: subscriptionItems(subscription.items),
      cancelAtPeriodEnd:
        typeof subscription.cancel_at_period_end === "boolean"
          ? subscription.cancel_at_period_end
          : undefined,
      cancelAt: isoTimeOf(subscription.cancel_at),
      trialEnd: isoTimeOf(subscription.trial_end),
      trialEndsWithoutCard: textOf(
        fieldOf(subscription.trial_settings, "end_behavior", "missing_payment_method"),
      ),
      overdueSince: overdueSince(subscription),
      createdAt: isoTimeOf(subscription.created),
      defaultPaymentMethodId: idOf(subscription.default_payment_method) ?? idOf(subscription.default_source),
    }),
    ...pauseOf(subscription.pause_collection),
  }),
  invoice: (invoice) => ({
    // An uncollectible invoice can still be paid.
    ...withStatus(invoice, ["paid", "void", "deleted"]),
    ...money(invoice, "amount_due"),
    ...present({
      attemptCount: wholeNumberOf(invoice.attempt_count),
      subscriptionId: idOf(fieldOf(invoice.parent, "subscription_details", "subscription")),
    }),
  }),
  credit_note: (note) => ({
    ...withStatus(note, ["void"]),
    ...money(note, "total"),
    ...present({ invoiceId: idOf(note.invoice), reason: textOf(note.reason) }),
  }),
  charge: (charge) => ({
    ...withStatus(charge, []),
    ...money(charge, "amount"),
    ...present({
      amountRefunded: wholeNumberOf(charge.amount_refunded),
      declineCode: textOf(charge.failure_code),
      paymentIntentId: idOf(charge.payment_intent),
    }),
  }),
  refund: (refund) => ({
    // A refund that succeeded can still fail at the bank.
    ...withStatus(refund, ["failed", "canceled"]),
    ...money(refund, "amount"),
    ...present({ reason: textOf(refund.reason) }),
    ...paymentOf(refund),
  }),
  dispute: (dispute) => ({
    ...withStatus(dispute, ["won", "lost", "warning_closed"]),
    ...money(dispute, "amount"),
    ...present({ reason: textOf(dispute.reason) }),
    ...paymentOf(dispute),
  }),
  customer: (customer) => ({
    status: customer.deleted === true ? "deleted" : "active",
    final: customer.deleted === true,
    ...present({
      delinquent: typeof customer.delinquent === "boolean" ? customer.delinquent : undefined,
      email: textOf(customer.email) || undefined,
      defaultPaymentMethodId:
        idOf(fieldOf(customer.invoice_settings, "default_payment_method")) ?? idOf(customer.default_source),
    }),
  }),
  payment_method: (method) => ({
    // Stripe attaches a method once: a detached one stays detached.
    status: idOf(method.customer) === undefined ? "detached" : "attached",
    final: idOf(method.customer) === undefined,
    ...present({ expires: expiryOf(method.card) }),
  }),
  [ENTITLEMENT_SUMMARY]: (summary) => ({
    status: "active",
    final: false,
    entitlements: listed(summary.entitlements)
      .flatMap((entitlement) => textOf(fieldOf(entitlement, "lookup_key")) ?? [])
      .sort(),
  }),
};

/**
 * The state to record for `object`. `eventType` says what a snapshot alone does not: that the object is deleted. For a
 * kind without a reader, only the status is recorded.
 */
export function objectState(object: StripeObject, eventType?: string): ObjectState {
  const objectType = textOf(object.object) ?? "unknown";
  const isDeleted = object.deleted === true || eventType?.endsWith(".deleted") === true;
  const shown = isDeleted ? { ...object, deleted: true, status: deletedStatus(objectType) } : object;
  const customerId = objectType === "customer" ? object.id : idOf(object.customer);
  return {
    objectType,
    ...(entryOf(READERS, objectType) ?? ((other: StripeObject) => withStatus(other, [])))(shown),
    ...present({ customerId, metadata: metadataIn(object.metadata) }),
  };
}

/** Stripe still returns a deleted subscription, as canceled. */
function deletedStatus(objectType: string): string {
  return objectType === "subscription" ? "canceled" : "deleted";
}

function withStatus(object: StripeObject, final: readonly string[]) {
  const status = textOf(object.status) ?? UNKNOWN_STATUS;
  return { status, final: final.includes(status) };
}

function money(object: StripeObject, field: string) {
  return present({ amount: wholeNumberOf(object[field]), currency: textOf(object.currency) });
}

/** A capture can take less than was authorized, which releases the rest: `amount` stays as it was. */
function partReceived({ status, amount, amount_received: received }: StripeObject): number | undefined {
  const part = wholeNumberOf(received);
  const whole = wholeNumberOf(amount);
  if (status !== "succeeded" || part === undefined || whole === undefined) return undefined;
  return part < whole ? part : undefined;
}

function paymentOf({ charge, payment_intent: paymentIntent }: StripeObject) {
  return present({ chargeId: idOf(charge), paymentIntentId: idOf(paymentIntent) });
}

function declineCodeOf(error: unknown): string | undefined {
  const { decline_code: declineCode, code } = fieldsOf(error);
  return textOf(declineCode) ?? textOf(code);
}

function subscriptionItems(items: unknown): readonly SubscriptionItem[] | undefined {
  const found = listed(items).flatMap((item): SubscriptionItem[] => {
    const [itemId, priceId] = [idOf(item), idOf(fieldOf(item, "price"))];
    if (itemId === undefined || priceId === undefined) return [];
    const productId = idOf(fieldOf(item, "price", "product"));
    // A metered price has no quantity.
    const quantity = wholeNumberOf(fieldOf(item, "quantity")) ?? 1;
    return [{ itemId, priceId, ...present({ productId }), quantity }];
  });
  return found.length === 0 ? undefined : found;
}

const SECONDS_A_DAY = 24 * 60 * 60;

/**
 * Since its latest invoice was due, which can be in the middle of a period. If the object has only the invoice's id: since its period
 * began, or as many days later as its invoices may be paid in.
 */
function overdueSince(subscription: StripeObject): string | undefined {
  if (!isOverdue(subscription)) return undefined;
  const { due_date: dueDate, created } = fieldsOf(subscription.latest_invoice);
  const invoiced = isoTimeOf(dueDate) ?? isoTimeOf(created);
  if (invoiced !== undefined) return invoiced;
  const starts = listed(subscription.items).flatMap(
    (item) => wholeNumberOf(fieldOf(item, "current_period_start")) ?? [],
  );
  const start = Math.max(...starts, wholeNumberOf(subscription.start_date) ?? 0);
  const days =
    subscription.collection_method === "send_invoice" ? (wholeNumberOf(subscription.days_until_due) ?? 0) : 0;
  return isoTimeOf(start + days * SECONDS_A_DAY);
}

const isOverdue = ({ status }: StripeObject) => status === "past_due" || status === "unpaid";

/**
 * Whether the object shows everything that is recorded of it. An event lists at most ten entitlements, and has only the id of the
 * invoice that is overdue.
 */
export function isWhole(object: StripeObject): boolean {
  if (object.object === ENTITLEMENT_SUMMARY) return false;
  return object.object !== "subscription" || !isOverdue(object) || isRecord(object.latest_invoice);
}

function expiryOf(card: unknown): string | undefined {
  const [month, year] = [wholeNumberOf(fieldOf(card, "exp_month")), wholeNumberOf(fieldOf(card, "exp_year"))];
  if (month === undefined || year === undefined || year < 1000 || year > 9999) return undefined;
  return month >= 1 && month <= 12 ? `${year}-${String(month).padStart(2, "0")}` : undefined;
}

function pauseOf(pause: unknown) {
  if (!isRecord(pause)) return {};
  return {
    pausedCollection: textOf(pause.behavior) ?? UNKNOWN_STATUS,
    ...present({ collectionResumesAt: isoTimeOf(pause.resumes_at) }),
  };
}

/** The metadata of an object or of a recorded state, without entries of our own; undefined if it has none. */
export function metadataIn(metadata: unknown): Readonly<Record<string, string>> | undefined {
  if (!isRecord(metadata)) return undefined;
  return withoutOwnMetadata(
    Object.fromEntries(Object.entries(metadata).map(([key, value]) => [key, textFor(value)])),
  );
}
