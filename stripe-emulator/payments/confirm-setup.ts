/** The confirmation of a setup intent: authentication, the bank's consent, the method that is then saved. */
import type Stripe from "stripe";
import { present } from "../present.ts";
import { docUrlOf, invalidRequest, StripeApiError } from "../protocol/errors.ts";
import type { Context } from "../state/context.ts";
import type { Decline } from "./decline.ts";
import { storeMandate } from "./mandate.ts";
import { attachPaymentMethod } from "./payment-method.ts";
import { isDetailedType } from "./payment-method-fields.ts";
import { methodTypeOf } from "./payment-method-types.ts";
import { storeAttempt } from "./setup-attempt.ts";
import { assertSetupStatus } from "./setup-intent.ts";
import { behaviourOf, UNKNOWN_CARD } from "./test-cards.ts";

const MICRODEPOSIT_SECONDS = 2 * 24 * 60 * 60;

const AUTHENTICATION_FAILED: Decline = {
  code: "setup_intent_authentication_failure",
  message:
    "The latest attempt to set up the payment method has failed because authentication failed. Provide another payment method to try again.",
};

/** Confirms with a payment method. For a decline, stores the intent and its event and then throws a 402 `card_error`. */
export function confirmSetup(
  context: Context,
  intent: Stripe.SetupIntent,
  method: Stripe.PaymentMethod,
  { returnUrl }: { returnUrl: string | null },
): Stripe.SetupIntent {
  assertSetupStatus(intent, "confirm");
  assertSameCustomer(intent, method);
  assertCanBeSetUp(intent, method.type);
  const confirmed = context.store.patch("setup_intent", intent, {
    payment_method: method.id,
    last_setup_error: null,
    next_action: null,
  });
  const { type } = method;
  const isKnown = context.store.cardsOnFile.get(method.id)?.setUp ?? false;
  const url = `${context.origin}/_emulator/3ds/${intent.id}`;
  const redirect = { type: "redirect_to_url", redirect_to_url: { return_url: returnUrl, url } };
  if (isDetailedType(type)) {
    const { flow } = methodTypeOf(type);
    if (flow === "redirect") return askCustomer(context, confirmed, method, redirect);
    if (type !== "us_bank_account" || isKnown) return completeSetup(context, confirmed, method, false);
    return askCustomer(context, confirmed, method, microdeposits(context, confirmed));
  }
  const behaviour = behaviourOf(context.store.cardsOnFile.get(method.id)?.testCard ?? UNKNOWN_CARD);
  if (behaviour.kind === "declines" && !behaviour.attaches) {
    throw declineSetup(context, confirmed, method, behaviour.decline);
  }
  const asked = intent.payment_method_options?.card?.request_three_d_secure ?? "automatic";
  if (behaviour.kind === "authenticates" || asked !== "automatic") {
    return askCustomer(context, confirmed, method, redirect);
  }
  return completeSetup(context, confirmed, method, false);
}

/** The customer has to do something first: `setup_intent.requires_action`. */
function askCustomer(
  context: Context,
  intent: Stripe.SetupIntent,
  method: Stripe.PaymentMethod,
  action: Stripe.SetupIntent.NextAction,
): Stripe.SetupIntent {
  const attempt = storeAttempt(context, intent, method, { status: "requires_action" });
  const waiting = context.store.patch("setup_intent", intent, {
    status: "requires_action",
    latest_attempt: attempt.id,
    next_action: action,
  });
  context.emit("setup_intent.requires_action", waiting);
  return waiting;
}

function microdeposits(context: Context, { id }: Stripe.SetupIntent): Stripe.SetupIntent.NextAction {
  return {
    type: "verify_with_microdeposits",
    verify_with_microdeposits: {
      arrival_date: context.clock.now() + MICRODEPOSIT_SECONDS,
      hosted_verification_url: `${context.origin}/_emulator/instructions/${id}`,
      microdeposit_type: "descriptor_code",
    },
  };
}

/** Throws a 400 for a type that pays only once, or that the intent does not accept. */
function assertCanBeSetUp(
  { allowed_payment_method_types: allowed, excluded_payment_method_types: excluded }: Stripe.SetupIntent,
  type: string,
): void {
  const isReusable = !isDetailedType(type) || methodTypeOf(type).isReusable;
  if (isReusable && (allowed === null || allowed.includes(type)) && !excluded?.includes(type)) return;
  const message = isReusable
    ? `The PaymentMethod provided (${type}) is not allowed for this SetupIntent. Please use another payment method type.`
    : `A payment method of type ${type} pays only once: it cannot be set up.`;
  throw invalidRequest(message, "setup_intent_invalid_parameter", "payment_method");
}

/** Continues after the customer passed or failed the authentication. Throws like {@link confirmSetup}. */
export function finishSetupAuthentication(
  context: Context,
  intent: Stripe.SetupIntent,
  passed: boolean,
): Stripe.SetupIntent {
  assertSetupStatus(intent, "authenticate", new Set(["requires_action"]));
  const method = context.store.get("payment_method", String(intent.payment_method), "payment_method");
  const ready = context.store.patch("setup_intent", intent, { next_action: null });
  if (!passed) throw declineSetup(context, ready, method, AUTHENTICATION_FAILED);
  if (isDetailedType(method.type)) return completeSetup(context, ready, method, false);
  const behaviour = behaviourOf(context.store.cardsOnFile.get(method.id)?.testCard ?? UNKNOWN_CARD);
  const decline = behaviour.kind === "authenticates" ? behaviour.afterwards : undefined;
  if (decline !== undefined) throw declineSetup(context, ready, method, decline);
  return completeSetup(context, ready, method, true);
}

/** Cancels the setup intent: `setup_intent.canceled`. Throws a 400 when its status no longer allows that. */
export function cancelSetup(
  context: Context,
  intent: Stripe.SetupIntent,
  reason: Stripe.SetupIntent.CancellationReason | null,
): Stripe.SetupIntent {
  assertSetupStatus(intent, "cancel");
  const canceled = context.store.patch("setup_intent", intent, {
    status: "canceled",
    cancellation_reason: reason,
    next_action: null,
  });
  context.emit("setup_intent.canceled", canceled);
  return canceled;
}

/** Saves the method: later payments of the customer with it need no authentication. */
export function completeSetup(
  context: Context,
  intent: Stripe.SetupIntent,
  method: Stripe.PaymentMethod,
  authenticated: boolean,
): Stripe.SetupIntent {
  const { store } = context;
  store.cardsOnFile.set(method.id, {
    ...(store.cardsOnFile.get(method.id) ?? { testCard: method.type }),
    setUp: true,
  });
  if (typeof intent.customer === "string") attachPaymentMethod(context, method, intent.customer);
  const attempt = storeAttempt(context, intent, method, { status: "succeeded", authenticated });
  const succeeded = store.patch("setup_intent", intent, {
    status: "succeeded",
    latest_attempt: attempt.id,
    mandate: storeMandate(context, method)?.id ?? null,
    next_action: null,
  });
  context.emit("setup_intent.succeeded", succeeded);
  return succeeded;
}

/** Returns the intent to `requires_payment_method`: `setup_intent.setup_failed`. The result is the error for the API to throw. */
export function declineSetup(
  context: Context,
  intent: Stripe.SetupIntent,
  method: Stripe.PaymentMethod,
  decline: Decline,
): StripeApiError {
  // Only an issuer declines with a code of its own.
  const type = decline.adviceCode === undefined ? "invalid_request_error" : "card_error";
  const error = {
    code: decline.code,
    message: decline.message,
    payment_method: method,
    ...present({
      advice_code: decline.adviceCode,
      decline_code: decline.declineCode,
      param: decline.param,
    }),
  };
  const setupError = { ...error, doc_url: docUrlOf(decline.code), type };
  const attempt = storeAttempt(context, intent, method, { status: "failed", error: setupError });
  const failed = context.store.patch("setup_intent", intent, {
    status: "requires_payment_method",
    payment_method: null,
    next_action: null,
    latest_attempt: attempt.id,
    last_setup_error: setupError,
  });
  context.emit("setup_intent.setup_failed", failed);
  return new StripeApiError(402, { ...error, type: "card_error", setup_intent: failed });
}

/** A method that a customer has can only be set up for that customer. */
function assertSameCustomer(intent: Stripe.SetupIntent, method: Stripe.PaymentMethod): void {
  if (method.customer === null || method.customer === intent.customer) return;
  const message =
    intent.customer === null
      ? `The payment method ${method.id} belongs to a Customer. Please include the Customer in the \`customer\` parameter on the SetupIntent.`
      : `The payment method ${method.id} belongs to another customer than this SetupIntent.`;
  throw invalidRequest(message, "payment_method_customer_mismatch", "payment_method");
}
