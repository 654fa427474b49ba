/**
 * Stripe's SDK, loaded by the first call that needs it: it is the largest part of most bundles, and a consumer of events
 * calls Stripe for few of them. Capabilities load it at the start, because each of their calls needs it.
 */
import type Stripe from "stripe";

/**
 * The properties of the client that our code calls. Bundles are built without all others (local/leave-out.ts), which are two
 * thirds of the SDK. So the type of the client has only these: a call of another one does not compile before its name
 * is here.
 */
export const STRIPE_RESOURCES = [
  "billing",
  "billingPortal",
  "checkout",
  "creditNotes",
  "customers",
  "invoiceItems",
  "invoicePayments",
  "invoices",
  "paymentIntents",
  "paymentMethods",
  "prices",
  "refunds",
  "setupIntents",
  "subscriptions",
] as const satisfies readonly (keyof Stripe)[];

/** The client, as far as the bundles have it. */
export type StripeClient = Pick<Stripe, (typeof STRIPE_RESOURCES)[number] | "rawRequest">;

type StripeSdk = typeof Stripe;

let loaded: StripeSdk | undefined;

/** The SDK: evaluated once, by the first call. */
export async function loadStripeSdk(): Promise<StripeSdk> {
  loaded ??= (await import("stripe")).default;
  return loaded;
}

/** The SDK if something has called Stripe; before that, nothing can be one of its objects. */
export function loadedStripeSdk(): StripeSdk | undefined {
  return loaded;
}
