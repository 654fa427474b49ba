/** From Stripe's snapshots to what the projection keeps. Pure; reads every field with suspicion. */
import type { StripeObject } from "./stripe-event.ts";

/** What is kept of an object: states, ids and amounts; no personal data and no client secret. */
export interface ObjectState {
  /** Stripe's name of the kind: `payment_intent`. */
  readonly objectType: string;
  readonly status: string;
  /** True when Stripe never changes this status again. */
  readonly final: boolean;
  readonly customerId?: string;
  /** What it is about, in the currency's smallest unit. */
  readonly amount?: number;
  readonly amountRefunded?: number;
  readonly currency?: string;
  readonly declineCode?: string;
  /** The charge, payment intent, invoice or subscription that it belongs to. */
  readonly chargeId?: string;
  readonly paymentIntentId?: string;
  readonly subscriptionId?: string;
  /** How often an invoice's payment was tried. */
  readonly attemptCount?: number;
  readonly reason?: string;
  /** UTC, ISO 8601. */
  readonly currentPeriodEnd?: string;
  readonly metadata?: Readonly<Record<string, string>>;
}

type Reader = (object: StripeObject) => Omit<ObjectState, "objectType" | "metadata" | "customerId">;

const READERS: Readonly<Record<string, Reader>> = {
  payment_intent: (intent) => ({
    ...withStatus(intent, ["succeeded", "canceled"]),
    ...money(intent, "amount"),
    ...known("declineCode", declineCodeOf(intent.last_payment_error)),
    ...known("chargeId", idIn(intent.latest_charge)),
  }),
  subscription: (subscription) => ({
    ...withStatus(subscription, ["canceled", "incomplete_expired"]),
    ...known("currentPeriodEnd", earliestPeriodEnd(subscription.items)),
  }),
  invoice: (invoice) => ({
    // An uncollectible invoice can still be paid.
    ...withStatus(invoice, ["paid", "void", "deleted"]),
    ...money(invoice, "amount_due"),
    ...known("attemptCount", number(invoice.attempt_count)),
    ...known("subscriptionId", subscriptionOf(invoice.parent)),
  }),
  charge: (charge) => ({
    ...withStatus(charge, []),
    ...money(charge, "amount"),
    ...known("amountRefunded", number(charge.amount_refunded)),
    ...known("declineCode", text(charge.failure_code)),
    ...known("paymentIntentId", idIn(charge.payment_intent)),
  }),
  refund: (refund) => ({
    // A refund that succeeded can still fail at the bank.
    ...withStatus(refund, ["failed", "canceled"]),
    ...money(refund, "amount"),
    ...known("reason", text(refund.reason)),
    ...known("chargeId", idIn(refund.charge)),
    ...known("paymentIntentId", idIn(refund.payment_intent)),
  }),
  dispute: (dispute) => ({
    ...withStatus(dispute, ["won", "lost", "warning_closed"]),
    ...money(dispute, "amount"),
    ...known("reason", text(dispute.reason)),
    ...known("chargeId", idIn(dispute.charge)),
    ...known("paymentIntentId", idIn(dispute.payment_intent)),
  }),
  customer: (customer) => ({
    status: customer.deleted === true ? "deleted" : "active",
    final: customer.deleted === true,
  }),
};

/**
 * What the projection keeps of `object`. `eventType` says what a snapshot alone does not: that the object is deleted.
 * A kind without a reader is kept by its status.
 */
export function objectState(object: StripeObject, eventType?: string): ObjectState {
  const objectType = text(object.object) ?? "unknown";
  const isDeleted = object.deleted === true || eventType?.endsWith(".deleted") === true;
  const shown = isDeleted ? { ...object, deleted: true, status: deletedStatus(objectType) } : object;
  const customerId = objectType === "customer" ? object.id : idIn(object.customer);
  return {
    objectType,
    ...(READERS[objectType] ?? ((other: StripeObject) => withStatus(other, [])))(shown),
    ...known("customerId", customerId),
    ...known("metadata", metadataOf(object.metadata)),
  };
}

/** A subscription that was deleted is one that Stripe still answers, as canceled. */
function deletedStatus(objectType: string): string {
  return objectType === "subscription" ? "canceled" : "deleted";
}

function withStatus(object: StripeObject, final: readonly string[]) {
  const status = text(object.status) ?? "unknown";
  return { status, final: final.includes(status) };
}

function money(object: StripeObject, field: string) {
  return { ...known("amount", number(object[field])), ...known("currency", text(object.currency)) };
}

/** `{name: value}`, or nothing where there is no value. */
function known<Name extends string, T>(name: Name, value: T | undefined): { [name in Name]?: T } {
  // Object.fromEntries forgets the name's type, which a computed key of a type parameter does as well.
  const entry: { [name in Name]?: T } = {};
  if (value !== undefined) entry[name] = value;
  return entry;
}

function declineCodeOf(error: unknown): string | undefined {
  return text(field(error, "decline_code")) ?? text(field(error, "code"));
}

function subscriptionOf(parent: unknown): string | undefined {
  return idIn(field(field(parent, "subscription_details"), "subscription"));
}

function earliestPeriodEnd(items: unknown): string | undefined {
  const data = field(items, "data");
  if (!Array.isArray(data)) return undefined;
  const ends = data.map((item) => field(item, "current_period_end")).filter((end) => typeof end === "number");
  return ends.length === 0 ? undefined : new Date(Math.min(...ends) * 1000).toISOString();
}

function metadataOf(metadata: unknown): Record<string, string> | undefined {
  if (!isObject(metadata)) return undefined;
  return Object.fromEntries(Object.entries(metadata).map(([key, value]) => [key, String(value)]));
}

/** The id of a reference that may be expanded to the object itself. */
function idIn(value: unknown): string | undefined {
  return text(value) ?? text(field(value, "id"));
}

function field(value: unknown, name: string): unknown {
  return isObject(value) ? value[name] : undefined;
}

function text(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function number(value: unknown): number | undefined {
  return typeof value === "number" ? value : undefined;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
