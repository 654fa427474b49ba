/** The confirmation of a payment intent: what each kind of payment method needs before it is charged. */
import type Stripe from "stripe";
import { invalidRequest } from "../protocol/errors.ts";
import type { Context } from "../state/context.ts";
import { payFromCashBalance } from "./cash-balance.ts";
import { chargeIntent, declineIntent } from "./charge-intent.ts";
import { startDebit } from "./debit.ts";
import { AUTHENTICATION_REQUIRED, type Decline } from "./decline.ts";
import { assertConfirmable, assertMethodType, assertStatus } from "./intent.ts";
import { isWaitingMethod } from "./next-actions.ts";
import { type DetailedType, isDetailedType } from "./payment-method-fields.ts";
import { methodTypeOf } from "./payment-method-types.ts";
import { invoiceActionRequired } from "./settle-invoice.ts";
import { behaviourOf, type CardBehaviour, UNKNOWN_CARD } from "./test-cards.ts";
import { startWaiting } from "./waiting-methods.ts";

const AUTHENTICATION_FAILED: Decline = {
  code: "payment_intent_authentication_failure",
  message: "The provided PaymentMethod has failed authentication. Provide another one to try again.",
};

export interface Confirmation {
  /** Whether the customer is absent and cannot authenticate. */
  offSession: boolean;
  /** Whether a payment that needs the customer fails instead of waiting for the customer. */
  errorOnAction?: boolean;
  /** Where the browser goes after the authentication. */
  returnUrl: string | null;
}

/** Confirms with a payment method. For a decline, stores the intent and its events and then throws a 402 `card_error`. */
export function confirmIntent(
  context: Context,
  intent: Stripe.PaymentIntent,
  method: Stripe.PaymentMethod,
  confirmation: Confirmation,
): Stripe.PaymentIntent {
  assertConfirmable(intent);
  if (method.customer !== null && method.customer !== intent.customer) {
    throw invalidRequest(
      `The payment method ${method.id} belongs to another customer than this PaymentIntent.`,
      "payment_method_customer_mismatch",
      "payment_method",
    );
  }
  assertMethodType(intent, method);
  const confirmed = context.store.patch("payment_intent", intent, {
    payment_method: method.id,
    last_payment_error: null,
    next_action: null,
  });
  const { type } = method;
  if (isDetailedType(type)) return confirmDetailed(context, confirmed, method, type, confirmation);
  const card = context.store.cardsOnFile.get(method.id);
  const behaviour = behaviourOf(card?.testCard ?? UNKNOWN_CARD);
  if (!mustAuthenticate(confirmed, behaviour, card?.setUp ?? false, confirmation.offSession)) {
    return chargeIntent(context, confirmed, method, behaviour, false);
  }
  return askCustomer(context, confirmed, method, confirmation);
}

/** Continues after the customer passed or failed the authentication. Throws like {@link confirmIntent}. */
export function finishAuthentication(
  context: Context,
  intent: Stripe.PaymentIntent,
  passed: boolean,
): Stripe.PaymentIntent {
  assertStatus(intent, "authenticate", new Set(["requires_action"]));
  const method = context.store.get("payment_method", String(intent.payment_method), "payment_method");
  const ready = context.store.patch("payment_intent", intent, { next_action: null });
  if (!passed) throw declineIntent(context, ready, method, AUTHENTICATION_FAILED, { charged: false });
  const card = context.store.cardsOnFile.get(method.id);
  const behaviour: CardBehaviour = isDetailedType(method.type)
    ? { kind: "succeeds" }
    : behaviourOf(card?.testCard ?? UNKNOWN_CARD);
  return chargeIntent(context, ready, method, behaviour, method.type === "card");
}

function mustAuthenticate(
  { payment_method_options: options }: Stripe.PaymentIntent,
  behaviour: CardBehaviour,
  isSetUp: boolean,
  offSession: boolean,
): boolean {
  if (behaviour.kind === "authenticates") {
    if (behaviour.when === "on_session") return !offSession;
    return behaviour.when === "always" || !isSetUp;
  }
  const asked = options?.card?.request_three_d_secure ?? "automatic";
  return behaviour.kind !== "declines" && asked !== "automatic" && !offSession;
}

function confirmDetailed(
  context: Context,
  intent: Stripe.PaymentIntent,
  method: Stripe.PaymentMethod,
  type: DetailedType,
  confirmation: Confirmation,
): Stripe.PaymentIntent {
  const isSetUp = context.store.cardsOnFile.get(method.id)?.setUp ?? false;
  switch (methodTypeOf(type).flow) {
    case "wallet":
      return chargeIntent(context, intent, method, { kind: "succeeds" }, false);
    case "debit":
      if (type === "us_bank_account" && !isSetUp) return startWaiting(context, intent, method, type);
      return startDebit(context, intent, method);
    case "redirect":
      if (isSetUp && confirmation.offSession) {
        return chargeIntent(context, intent, method, { kind: "succeeds" }, false);
      }
      return askCustomer(context, intent, method, confirmation);
    case "bank_transfer":
      return payFromCashBalance(context, intent, method);
    case "waits":
      if (!isWaitingMethod(type)) throw new Error(`No next action for the payment method type ${type}.`);
      return startWaiting(context, intent, method, type);
  }
}

/** Sends the customer to the bank's page: `payment_intent.requires_action`. Throws a 402 when the customer is absent. */
function askCustomer(
  context: Context,
  intent: Stripe.PaymentIntent,
  method: Stripe.PaymentMethod,
  { offSession, errorOnAction = false, returnUrl }: Confirmation,
): Stripe.PaymentIntent {
  if (offSession || errorOnAction) {
    throw declineIntent(context, intent, method, AUTHENTICATION_REQUIRED, { charged: true });
  }
  const url = `${context.origin}/_emulator/3ds/${intent.id}`;
  const waiting = context.store.patch("payment_intent", intent, {
    status: "requires_action",
    next_action: { type: "redirect_to_url", redirect_to_url: { return_url: returnUrl, url } },
  });
  context.emit("payment_intent.requires_action", waiting);
  invoiceActionRequired(context, waiting);
  return waiting;
}
