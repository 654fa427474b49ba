/** A subscription as the capabilities return it. Pure. */
import type Stripe from "stripe";
import { Problem } from "../errors.ts";
import { present } from "../present.ts";
import { withoutOwnMetadata } from "../stripe/own-metadata.ts";
import { earliestPeriodEnd } from "../stripe/period-end.ts";
import { idOf } from "../stripe/stripe-fields.ts";
import { isoTimeOf } from "../untrusted.ts";

/** Times are UTC, ISO 8601. */
export interface SubscriptionOutputs {
  readonly subscriptionId: string;
  readonly customerId: string;
  readonly status: string;
  readonly items: { readonly itemId: string; readonly priceId: string; readonly quantity: number }[];
  /** The earliest across the items: only items have a period. */
  readonly currentPeriodEnd: string;
  readonly cancelAtPeriodEnd: boolean;
  readonly cancelAt?: string;
  readonly trialEnd?: string;
  /** Whether its invoices are not collected, which its status does not show. */
  readonly collectionPaused: boolean;
  readonly pausedUntil?: string;
  readonly metadata: Record<string, string>;
}

/** Throws BAD_GATEWAY for a subscription without a period. */
export function subscriptionOutputs(subscription: Stripe.Subscription): SubscriptionOutputs {
  const { pause_collection: pause } = subscription;
  return {
    subscriptionId: subscription.id,
    customerId: idOf(subscription.customer) ?? "",
    status: subscription.status,
    items: subscription.items.data.map(({ id, price, quantity }) => ({
      itemId: id,
      priceId: price.id,
      quantity: quantity ?? 1,
    })),
    currentPeriodEnd: periodEndOf(subscription),
    cancelAtPeriodEnd: subscription.cancel_at_period_end,
    collectionPaused: pause !== null,
    ...present({
      cancelAt: isoTimeOf(subscription.cancel_at),
      trialEnd: isoTimeOf(subscription.trial_end),
      pausedUntil: isoTimeOf(pause?.resumes_at),
    }),
    metadata: withoutOwnMetadata(subscription.metadata),
  };
}

/** The end of the current period. Throws BAD_GATEWAY if Stripe returned none. */
export function periodEndOf({ items }: Pick<Stripe.Subscription, "items">): string {
  const end = earliestPeriodEnd(items);
  if (end !== undefined) return end;
  throw new Problem("BAD_GATEWAY", "Stripe returned a subscription without the end of its current period");
}
