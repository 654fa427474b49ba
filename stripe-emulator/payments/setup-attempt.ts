import type Stripe from "stripe";
import { newId } from "../protocol/ids.ts";
import type { Context } from "../state/context.ts";

/** Stores the attempt; one that waited for the customer is completed and keeps its id. */
export function storeAttempt(
  context: Context,
  intent: Stripe.SetupIntent,
  method: Stripe.PaymentMethod,
  {
    status,
    error,
    authenticated = false,
  }: { status: string; error?: Stripe.SetupAttempt.SetupError; authenticated?: boolean },
): Stripe.SetupAttempt {
  const latest = context.store.find("setup_attempt", String(intent.latest_attempt));
  const waiting = latest?.status === "requires_action" ? latest : undefined;
  return context.store.put("setup_attempt", {
    id: waiting?.id ?? newId("setatt"),
    object: "setup_attempt",
    application: null,
    created: waiting?.created ?? context.clock.now(),
    customer: intent.customer,
    customer_account: null,
    flow_directions: null,
    livemode: false,
    on_behalf_of: null,
    payment_method: method.id,
    payment_method_details: detailsOf(method, authenticated),
    setup_error: error ?? null,
    setup_intent: intent.id,
    status,
    usage: intent.usage,
  });
}

function detailsOf(
  { type, card }: Stripe.PaymentMethod,
  authenticated: boolean,
): Stripe.SetupAttempt.PaymentMethodDetails {
  if (card === undefined) return { type, [type]: {} };
  return {
    type,
    card: {
      brand: card.brand,
      checks: card.checks,
      country: card.country,
      exp_month: card.exp_month,
      exp_year: card.exp_year,
      fingerprint: card.fingerprint ?? null,
      funding: card.funding,
      last4: card.last4,
      network: card.brand,
      three_d_secure: authenticated
        ? {
            authentication_flow: "challenge",
            electronic_commerce_indicator: "05",
            result: "authenticated",
            result_reason: null,
            transaction_id: null,
            version: "2.2.0",
          }
        : null,
      wallet: null,
    },
  };
}
