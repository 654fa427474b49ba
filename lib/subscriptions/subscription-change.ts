/** A change of a subscription's price or quantity, as callers ask for it and as Stripe gets it. */
import type Stripe from "stripe";
import { invalidField, Problem } from "../errors.ts";
import { present } from "../present.ts";
import { readStripe, type StripeCall } from "../stripe/stripe-client.ts";
import { idOf } from "../stripe/stripe-fields.ts";

/**
 * How the rest of the period is billed: `now`, by an invoice at once; `next-invoice`, as lines of the next one; `none`, not at all.
 */
export const PRORATIONS = ["now", "next-invoice", "none"] as const;
export type Proration = (typeof PRORATIONS)[number];

export interface SubscriptionChange {
  readonly priceId?: string;
  readonly quantity?: number;
  readonly proration: Proration;
}

const BEHAVIORS = {
  now: "always_invoice",
  "next-invoice": "create_prorations",
  none: "none",
} as const satisfies Record<Proration, string>;

export const prorationBehavior = (proration: Proration) => BEHAVIORS[proration];

/** The change in a caller's inputs. Throws VALIDATION_FAILED if they ask for none. */
export function changeIn(inputs: {
  readonly priceId?: string | undefined;
  readonly quantity?: number | undefined;
  readonly proration?: Proration | undefined;
}): SubscriptionChange {
  const { priceId, quantity, proration = "now" } = inputs;
  if (priceId === undefined && quantity === undefined)
    throw invalidField("priceId", "is required, unless the change is one of quantity");
  return { proration, ...present({ priceId, quantity }) };
}

/** Throws CONFLICT for a subscription that has no running period, whose change could be billed. */
export function assertChangeable({ status }: Stripe.Subscription): void {
  if (["active", "trialing", "past_due", "unpaid"].includes(status)) return;
  const message = `cannot be changed: it is ${status}`;
  throw new Problem("CONFLICT", `subscriptionId ${message}`, {
    issues: [{ path: "subscriptionId", message }],
  });
}

/** An item as it is to be. */
export interface ChangedItem {
  readonly id: string;
  readonly price?: string;
  readonly quantity?: number;
}

/**
 * The item that the change is about: the only one, or that of the price or its product. Throws VALIDATION_FAILED if there is
 * not exactly one. The quantity is always named, because Stripe does not keep it when the price changes.
 */
export async function changedItem(
  { items }: Stripe.Subscription,
  { priceId, quantity }: SubscriptionChange,
  context: StripeCall,
): Promise<ChangedItem> {
  const item = await itemOf(items.data, priceId, context);
  return { id: item.id, ...present({ price: priceId, quantity: quantity ?? item.quantity }) };
}

async function itemOf(
  items: readonly Stripe.SubscriptionItem[],
  priceId: string | undefined,
  context: StripeCall,
): Promise<Stripe.SubscriptionItem> {
  const [only, ...others] = items;
  if (only !== undefined && others.length === 0) return only;
  if (priceId === undefined)
    throw invalidField("priceId", "is required, because the subscription has several items");
  const ofPrice = items.filter(({ price }) => price.id === priceId);
  const found = ofPrice.length > 0 ? ofPrice : await itemsOfProduct(items, priceId, context);
  const [item] = found;
  if (item === undefined || found.length > 1) {
    throw invalidField(
      "priceId",
      "must be a price of the product of exactly one item, because the subscription has several items",
    );
  }
  return item;
}

async function itemsOfProduct(
  items: readonly Stripe.SubscriptionItem[],
  priceId: string,
  context: StripeCall,
): Promise<Stripe.SubscriptionItem[]> {
  const found = await readStripe(`/v1/prices/${priceId}`, context);
  if (found === undefined) throw invalidField("priceId", "does not exist at Stripe");
  return items.filter(({ price }) => idOf(price.product) === idOf(found.product));
}

/** Whether the subscription is, or will be once it is paid, what the change makes of it. */
export function isChanged(
  { items, pending_update: pending }: Stripe.Subscription,
  { id, price, quantity }: ChangedItem,
): boolean {
  const now = [...items.data, ...(pending?.subscription_items ?? [])].filter((item) => item.id === id);
  return now.some(
    (item) =>
      (price === undefined || item.price.id === price) &&
      (quantity === undefined || item.quantity === quantity),
  );
}
