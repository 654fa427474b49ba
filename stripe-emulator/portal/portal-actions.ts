/** What a customer can do in the portal: the same requests that an application could make itself. */
import type Stripe from "stripe";
import { present } from "../present.ts";
import { invalidRequest } from "../protocol/errors.ts";
import { apiRequest } from "../state/api-request.ts";
import type { Context } from "../state/context.ts";

/** The subscriptions of the session's customer that have not ended, oldest first. */
export function subscriptionsOf(
  { store }: Context,
  session: Stripe.BillingPortal.Session,
): Stripe.Subscription[] {
  return store
    .all("subscription")
    .filter(({ customer, ended_at: ended }) => customer === session.customer && ended === null);
}

/** The prices to which the subscription can be changed. Without a list of products: all of the same currency. */
export function offeredPrices(
  context: Context,
  session: Stripe.BillingPortal.Session,
  subscription: Stripe.Subscription,
): Stripe.Price[] {
  const { products } = featuresOf(context, session).subscription_update;
  const listed = (products ?? []).flatMap(({ prices }) => prices);
  return context.store
    .all("price")
    .filter(
      ({ id, active, recurring, currency }) =>
        active &&
        recurring !== null &&
        currency === subscription.currency &&
        (listed.length === 0 || listed.includes(id)),
    );
}

/** Ends the subscription, at once or at the end of its period, as the configuration says. */
export function cancelInPortal(context: Context, session: Stripe.BillingPortal.Session, id: string): void {
  const { enabled, mode, proration_behavior: proration } = featuresOf(context, session).subscription_cancel;
  assertOffered(enabled, "subscription_cancel");
  const subscription = ownSubscription(context, session, id);
  if (mode === "immediately") {
    const prorate = proration !== "none";
    apiRequest(context, "DELETE", `/v1/subscriptions/${subscription.id}`, {
      prorate,
      invoice_now: proration === "always_invoice",
    });
    return;
  }
  apiRequest(context, "POST", `/v1/subscriptions/${subscription.id}`, { cancel_at_period_end: true });
}

/** Takes back a cancellation at the end of the period. */
export function keepInPortal(context: Context, session: Stripe.BillingPortal.Session, id: string): void {
  const subscription = ownSubscription(context, session, id);
  apiRequest(context, "POST", `/v1/subscriptions/${subscription.id}`, { cancel_at_period_end: false });
}

/** Changes the price and quantity of a subscription's first item. */
export function changeInPortal(
  context: Context,
  session: Stripe.BillingPortal.Session,
  id: string,
  wanted: { price: string; quantity?: number },
): void {
  const { enabled, proration_behavior: proration } = featuresOf(context, session).subscription_update;
  assertOffered(enabled, "subscription_update");
  const subscription = ownSubscription(context, session, id);
  const [item] = subscription.items.data;
  if (!offeredPrices(context, session, subscription).some((price) => price.id === wanted.price)) {
    throw invalidRequest("The portal does not offer this price.", undefined, "price");
  }
  apiRequest(context, "POST", `/v1/subscriptions/${subscription.id}`, {
    items: [{ id: item?.id ?? "", price: wanted.price, ...present({ quantity: wanted.quantity }) }],
    proration_behavior: String(proration),
  });
}

/** Makes a payment method the customer's default, also of subscriptions that have one of their own. */
export function replaceCard(context: Context, session: Stripe.BillingPortal.Session, method: string): void {
  assertOffered(featuresOf(context, session).payment_method_update.enabled, "payment_method_update");
  const { customer } = session;
  const attached = apiRequest(context, "POST", `/v1/payment_methods/${method}/attach`, { customer });
  apiRequest(context, "POST", `/v1/customers/${customer}`, {
    invoice_settings: { default_payment_method: attached },
  });
  for (const { id, default_payment_method: own } of subscriptionsOf(context, session)) {
    if (own !== null)
      apiRequest(context, "POST", `/v1/subscriptions/${id}`, { default_payment_method: attached });
  }
}

export function featuresOf(
  { store }: Context,
  { configuration }: Stripe.BillingPortal.Session,
): Stripe.BillingPortal.Configuration["features"] {
  return store.get("billing_portal.configuration", String(configuration)).features;
}

function ownSubscription(
  context: Context,
  session: Stripe.BillingPortal.Session,
  id: string,
): Stripe.Subscription {
  const own = subscriptionsOf(context, session).find((subscription) => subscription.id === id);
  if (own === undefined) throw invalidRequest("There is no such subscription.", undefined, "subscription");
  return own;
}

function assertOffered(enabled: boolean, feature: string): void {
  if (!enabled) throw invalidRequest(`The portal does not offer ${feature}.`, undefined, feature);
}
