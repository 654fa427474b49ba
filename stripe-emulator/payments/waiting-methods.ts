/** Payments that wait, some of them for days, until the customer has paid elsewhere. */
import type Stripe from "stripe";
import { invalidRequest } from "../protocol/errors.ts";
import { newId } from "../protocol/ids.ts";
import type { Context } from "../state/context.ts";
import { chargeIntent, declineIntent } from "./charge-intent.ts";
import { settleDebit } from "./debit.ts";
import type { Decline } from "./decline.ts";
import { assertConfirmable, assertStatus } from "./intent.ts";
import { nextActionOf, type WaitingMethod } from "./next-actions.ts";
import { invoiceActionRequired } from "./settle-invoice.ts";

/** Confirms the intent with a new method for which it then waits. `nextAction` replaces what the method waits for. */
export function startWaitingFor(
  context: Context,
  intent: Stripe.PaymentIntent,
  name: WaitingMethod,
  nextAction: Stripe.PaymentIntent.NextAction | undefined,
): Stripe.PaymentIntent {
  assertConfirmable(intent);
  return startWaiting(context, intent, storeMethod(context, name), name, nextAction);
}

/** The intent waits for what the method's type needs: `payment_intent.requires_action`. */
export function startWaiting(
  context: Context,
  intent: Stripe.PaymentIntent,
  method: Stripe.PaymentMethod,
  name: WaitingMethod,
  nextAction?: Stripe.PaymentIntent.NextAction,
): Stripe.PaymentIntent {
  const page = `${context.origin}/_emulator/instructions/${intent.id}`;
  const waiting = context.store.patch("payment_intent", intent, {
    status: "requires_action",
    payment_method: method.id,
    last_payment_error: null,
    next_action: nextAction ?? nextActionOf(name, page, context.clock.now(), intent),
  });
  context.emit("payment_intent.requires_action", waiting);
  invoiceActionRequired(context, waiting);
  return waiting;
}

const EXPIRED: Decline = {
  code: "payment_intent_payment_attempt_expired",
  message: "The latest payment attempt for the PaymentIntent has expired.",
};

const FAILED: Decline = {
  code: "payment_intent_payment_attempt_failed",
  message: "The latest payment attempt of the PaymentIntent has failed.",
};

/**
 * The customer has paid elsewhere, or has let the time pass; the bank has decided about a debit. Throws a 402 unless it is
 * paid, and a 400 for an intent that does not wait.
 */
export function endWaiting(
  context: Context,
  intent: Stripe.PaymentIntent,
  outcome: "paid" | "expired" | "failed",
): Stripe.PaymentIntent {
  assertStatus(intent, "settle", new Set(["requires_action", "processing"]));
  const failure = outcome === "expired" ? EXPIRED : FAILED;
  if (intent.status === "processing") {
    if (outcome === "expired") throw invalidRequest("A debit is paid or fails: it does not expire.");
    return settleDebit(context, intent, outcome === "paid" ? "paid" : failure);
  }
  const method = context.store.get("payment_method", String(intent.payment_method), "payment_method");
  const ready = context.store.patch("payment_intent", intent, { next_action: null });
  if (outcome === "paid") return chargeIntent(context, ready, method, { kind: "succeeds" }, false);
  throw declineIntent(context, ready, method, failure, { charged: false });
}

function storeMethod(context: Context, type: WaitingMethod): Stripe.PaymentMethod {
  return context.store.put("payment_method", {
    id: newId("pm"),
    object: "payment_method",
    allow_redisplay: "unspecified",
    billing_details: { address: null, email: null, name: null, phone: null, tax_id: null },
    created: context.clock.now(),
    customer: null,
    customer_account: null,
    livemode: false,
    metadata: {},
    type,
    [type]: {},
  });
}
