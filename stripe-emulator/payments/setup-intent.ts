import type Stripe from "stripe";
import { StripeApiError } from "../protocol/errors.ts";
import { newClientSecret, newId } from "../protocol/ids.ts";
import type { Context } from "../state/context.ts";

/** A complete setup intent that waits for a payment method. It is not stored yet. */
export function newSetupIntent(context: Context, given: Partial<Stripe.SetupIntent>): Stripe.SetupIntent {
  const id = newId("seti");
  return {
    id,
    object: "setup_intent",
    allowed_payment_method_types: null,
    application: null,
    automatic_payment_methods: { enabled: true, allow_redirects: "always" },
    cancellation_reason: null,
    client_secret: newClientSecret(id),
    created: context.clock.now(),
    customer: null,
    customer_account: null,
    description: null,
    excluded_payment_method_types: null,
    flow_directions: null,
    last_setup_error: null,
    latest_attempt: null,
    livemode: false,
    managed_payments: null,
    mandate: null,
    metadata: {},
    next_action: null,
    on_behalf_of: null,
    payment_method: null,
    payment_method_configuration_details: null,
    payment_method_options: {
      card: { mandate_options: null, network: null, request_three_d_secure: "automatic" },
    },
    payment_method_types: ["card"],
    single_use_mandate: null,
    status: "requires_payment_method",
    usage: "off_session",
    ...given,
  };
}

const PUBLIC_PROPERTIES = [
  ...(["id", "object", "automatic_payment_methods", "cancellation_reason", "client_secret"] as const),
  ...(["created", "description", "last_setup_error", "livemode", "next_action"] as const),
  ...(["payment_method", "payment_method_types", "status", "usage"] as const),
];

/** The part of a setup intent that a browser with a publishable key and the client secret may see. */
export function publicSetupIntent(intent: Partial<Stripe.SetupIntent>): Partial<Stripe.SetupIntent> {
  return Object.fromEntries(PUBLIC_PROPERTIES.map((name) => [name, intent[name]]));
}

/** The statuses in which a setup intent can still be changed, confirmed and canceled. */
export const OPEN_SETUP: ReadonlySet<string> = new Set([
  "requires_payment_method",
  "requires_confirmation",
  "requires_action",
]);

/** Throws `setup_intent_unexpected_state` unless the intent's status is one of `statuses`. */
export function assertSetupStatus(
  intent: Stripe.SetupIntent,
  action: string,
  statuses: ReadonlySet<string> = OPEN_SETUP,
): void {
  if (statuses.has(intent.status)) return;
  throw new StripeApiError(400, {
    type: "invalid_request_error",
    code: "setup_intent_unexpected_state",
    message: `You cannot ${action} this SetupIntent because it has a status of ${intent.status}. Only a SetupIntent with one of the following statuses may be used: ${[...statuses].join(", ")}.`,
    setup_intent: intent,
  });
}
