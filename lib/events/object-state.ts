/** Converts Stripe's objects to the states that the projection records. Pure; trusts no field's type. */
import { present } from "../present.ts";
import { withoutOwnMetadata } from "../stripe/own-metadata.ts";
import { earliestPeriodEnd } from "../stripe/period-end.ts";
import { idOf } from "../stripe/stripe-fields.ts";
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
  readonly currency?: string;
  readonly declineCode?: string;
  /** The charge, payment intent, invoice or subscription that it belongs to. */
  readonly chargeId?: string;
  readonly paymentIntentId?: string;
  readonly subscriptionId?: string;
  /** How often payment of an invoice was attempted. */
  readonly attemptCount?: number;
  readonly reason?: string;
  /** UTC, ISO 8601. */
  readonly currentPeriodEnd?: string;
  /** What happens to a subscription's invoices while collecting payments is paused: its status does not show that. */
  readonly pausedCollection?: string;
  /** When collecting payments resumes by itself. UTC, ISO 8601. */
  readonly collectionResumesAt?: string;
  readonly metadata?: Readonly<Record<string, string>>;
}

/** The status of an object that shows none. */
export const UNKNOWN_STATUS = "unknown";

type Reader = (object: StripeObject) => Omit<ObjectState, "objectType" | "metadata" | "customerId">;

const READERS: Readonly<Record<string, Reader>> = {
  payment_intent: (intent) => ({
    ...withStatus(intent, ["succeeded", "canceled"]),
    ...money(intent, "amount"),
    ...present({
      declineCode: declineCodeOf(intent.last_payment_error),
      chargeId: idOf(intent.latest_charge),
    }),
  }),
  subscription: (subscription) => ({
    ...withStatus(subscription, ["canceled", "incomplete_expired"]),
    ...present({ currentPeriodEnd: earliestPeriodEnd(subscription.items) }),
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

function paymentOf({ charge, payment_intent: paymentIntent }: StripeObject) {
  return present({ chargeId: idOf(charge), paymentIntentId: idOf(paymentIntent) });
}

function declineCodeOf(error: unknown): string | undefined {
  const { decline_code: declineCode, code } = fieldsOf(error);
  return textOf(declineCode) ?? textOf(code);
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
