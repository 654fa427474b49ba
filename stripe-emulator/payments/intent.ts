import type Stripe from "stripe";
import { invalidRequest, StripeApiError } from "../protocol/errors.ts";
import { newClientSecret, newId } from "../protocol/ids.ts";
import type { Context } from "../state/context.ts";
import { isDetailedType } from "./payment-method-fields.ts";
import { methodTypeOf } from "./payment-method-types.ts";

/** A complete intent that waits for a payment method. It is not stored yet. */
export function newIntent(
  context: Context,
  given: Pick<Stripe.PaymentIntent, "amount" | "currency"> & Partial<Stripe.PaymentIntent>,
): Stripe.PaymentIntent {
  const id = newId("pi");
  return {
    id,
    object: "payment_intent",
    allowed_payment_method_types: null,
    amount_capturable: 0,
    amount_details: { tip: {} },
    amount_received: 0,
    application: null,
    application_fee_amount: null,
    automatic_payment_methods: { enabled: true, allow_redirects: "always" },
    canceled_at: null,
    cancellation_reason: null,
    capture_method: "automatic_async",
    client_secret: newClientSecret(id),
    confirmation_method: "automatic",
    created: context.clock.now(),
    customer: null,
    customer_account: null,
    description: null,
    excluded_payment_method_types: null,
    last_payment_error: null,
    latest_charge: null,
    livemode: false,
    managed_payments: null,
    metadata: {},
    next_action: null,
    on_behalf_of: null,
    payment_method: null,
    payment_method_configuration_details: null,
    payment_method_options: {
      card: { installments: null, mandate_options: null, network: null, request_three_d_secure: "automatic" },
    },
    payment_method_types: ["card"],
    payment_record: null,
    processing: null,
    receipt_email: null,
    review: null,
    setup_future_usage: null,
    shipping: null,
    source: null,
    statement_descriptor: null,
    statement_descriptor_suffix: null,
    status: "requires_payment_method",
    transfer_data: null,
    transfer_group: null,
    ...given,
  };
}

const PUBLIC_PROPERTIES = [
  ...(["id", "object", "amount", "automatic_payment_methods", "canceled_at", "cancellation_reason"] as const),
  ...([
    "capture_method",
    "client_secret",
    "confirmation_method",
    "created",
    "currency",
    "description",
  ] as const),
  ...(["last_payment_error", "livemode", "next_action", "payment_method", "payment_method_types"] as const),
  ...(["processing", "receipt_email", "setup_future_usage", "shipping", "status"] as const),
];

/** The part of an intent that a browser with a publishable key and the client secret may see. */
export function publicIntent(intent: Partial<Stripe.PaymentIntent>): Partial<Stripe.PaymentIntent> {
  return Object.fromEntries(PUBLIC_PROPERTIES.map((name) => [name, intent[name]]));
}

/** Whether its money is held until it is captured. */
export function isManual({
  capture_method: method,
  payment_method_options: options,
}: Stripe.PaymentIntent): boolean {
  return (options?.card?.capture_method ?? method) === "manual";
}

/** Whether the method is saved: what the intent says about its type, or else about all types. */
export function savesMethod(intent: Stripe.PaymentIntent, { type }: Stripe.PaymentMethod): boolean {
  const options: Readonly<Record<string, object | undefined>> = { ...intent.payment_method_options };
  const own = options[type];
  const usage =
    own !== undefined && "setup_future_usage" in own ? own.setup_future_usage : intent.setup_future_usage;
  return usage !== null && usage !== "none";
}

const CONFIRMABLE = new Set(["requires_payment_method", "requires_confirmation", "requires_action"]);

/** Throws `payment_intent_unexpected_state` for an intent that cannot be confirmed. */
export function assertConfirmable(intent: Stripe.PaymentIntent): void {
  assertStatus(intent, "confirm", CONFIRMABLE);
}

/** Throws a 400 for a method of a type that the intent does not accept, or cannot save although it should. */
export function assertMethodType(
  {
    allowed_payment_method_types: allowed,
    excluded_payment_method_types: excluded,
    setup_future_usage: usage,
  }: Stripe.PaymentIntent,
  { type }: Stripe.PaymentMethod,
): void {
  if ((allowed !== null && !allowed.includes(type)) || excluded?.includes(type)) {
    throw invalidRequest(
      `The PaymentMethod provided (${type}) is not allowed for this PaymentIntent. Please use another payment method type.`,
      "payment_intent_invalid_parameter",
      "payment_method",
    );
  }
  if (usage !== null && isDetailedType(type) && !methodTypeOf(type).isReusable) {
    throw invalidRequest(
      `A payment method of type ${type} pays only once: it cannot be used with setup_future_usage.`,
      "payment_intent_invalid_parameter",
      "setup_future_usage",
    );
  }
}

/** Throws `payment_intent_unexpected_state` unless the intent's status is one of `statuses`. */
export function assertStatus(
  intent: Stripe.PaymentIntent,
  action: string,
  statuses: ReadonlySet<string>,
): void {
  if (statuses.has(intent.status)) return;
  throw new StripeApiError(400, {
    type: "invalid_request_error",
    code: "payment_intent_unexpected_state",
    message: `You cannot ${action} this PaymentIntent because it has a status of ${intent.status}. Only a PaymentIntent with one of the following statuses may be used: ${[...statuses].join(", ")}.`,
    payment_intent: intent,
  });
}
