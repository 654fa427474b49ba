/** From Stripe's snapshots to what the projection keeps. Pure; reads every field with suspicion. */
import type { ObjectState } from "./projection.ts";
import type { StripeEvent } from "./stripe-event.ts";

type Snapshot = StripeEvent["object"];

export function paymentIntentState(event: StripeEvent): ObjectState {
  const intent = event.object;
  const status = text(intent.status) ?? "unknown";
  const declineCode = declineCodeOf(intent.last_payment_error);
  return {
    objectType: "payment_intent",
    status,
    final: status === "succeeded" || status === "canceled",
    ...shared(intent),
    ...(typeof intent.amount === "number" ? { amount: intent.amount } : {}),
    ...(typeof intent.currency === "string" ? { currency: intent.currency } : {}),
    ...(declineCode === undefined ? {} : { declineCode }),
  };
}

export function subscriptionState(event: StripeEvent): ObjectState {
  const subscription = event.object;
  const status =
    event.type === "customer.subscription.deleted" ? "canceled" : (text(subscription.status) ?? "unknown");
  const currentPeriodEnd = earliestPeriodEnd(subscription.items);
  return {
    objectType: "subscription",
    status,
    final: status === "canceled" || status === "incomplete_expired",
    ...shared(subscription),
    ...(currentPeriodEnd === undefined ? {} : { currentPeriodEnd }),
  };
}

function shared(snapshot: Snapshot): Pick<ObjectState, "customerId" | "metadata"> {
  const customerId = text(snapshot.customer) ?? text(field(snapshot.customer, "id"));
  const metadata = isObject(snapshot.metadata)
    ? Object.fromEntries(Object.entries(snapshot.metadata).map(([key, value]) => [key, String(value)]))
    : undefined;
  return {
    ...(customerId === undefined ? {} : { customerId }),
    ...(metadata === undefined ? {} : { metadata }),
  };
}

function declineCodeOf(error: unknown): string | undefined {
  return text(field(error, "decline_code")) ?? text(field(error, "code"));
}

function earliestPeriodEnd(items: unknown): string | undefined {
  const data = field(items, "data");
  if (!Array.isArray(data)) return undefined;
  const ends = data.map((item) => field(item, "current_period_end")).filter((end) => typeof end === "number");
  return ends.length === 0 ? undefined : new Date(Math.min(...ends) * 1000).toISOString();
}

function field(value: unknown, name: string): unknown {
  return isObject(value) ? value[name] : undefined;
}

function text(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
