/** Debits of bank accounts: processed at first, and decided by the bank later. */
import type Stripe from "stripe";
import { StripeApiError } from "../protocol/errors.ts";
import type { Context } from "../state/context.ts";
import { orderOf, settleCharge, storeCharge } from "./charge.ts";
import { failIntent, saveForLater, succeed } from "./charge-intent.ts";
import type { Decline } from "./decline.ts";
import { debitOutcomeOf } from "./test-banks.ts";

/** Asks the bank for the money: `charge.pending`, `payment_intent.processing`. */
export function startDebit(
  context: Context,
  intent: Stripe.PaymentIntent,
  method: Stripe.PaymentMethod,
): Stripe.PaymentIntent {
  const charge = storeCharge(context, orderOf(intent), method, {
    ...{ result: "pending", capture: true, authenticated: false },
  });
  saveForLater(context, intent, method);
  context.emit("charge.pending", charge);
  const processing = context.store.patch("payment_intent", intent, {
    latest_charge: charge.id,
    next_action: null,
    status: "processing",
  });
  context.emit("payment_intent.processing", processing);
  return processing;
}

/** The bank has decided. Throws a 402 for a debit that it refuses. */
export function settleDebit(
  context: Context,
  intent: Stripe.PaymentIntent,
  result: "paid" | "disputed" | Decline,
): Stripe.PaymentIntent {
  const pending = context.store.get("charge", String(intent.latest_charge));
  if (typeof result !== "string") {
    const method = context.store.get("payment_method", String(intent.payment_method));
    throw failIntent(context, intent, method, result, settleCharge(context, pending, result));
  }
  const charge = settleCharge(context, pending, "succeeded");
  context.emit("charge.succeeded", charge);
  const reason = "debit_not_authorized";
  return succeed(
    context,
    intent,
    charge,
    result === "paid" ? { kind: "succeeds" } : { kind: "disputed", reason, isInquiry: false, times: 1 },
  );
}

/** When the bank decides about the debit of this intent, in unix seconds; undefined if it is not being processed. */
export function debitDueAt({ store }: Context, intent: Stripe.PaymentIntent): number | undefined {
  if (intent.status !== "processing") return undefined;
  const charge = store.find("charge", String(intent.latest_charge));
  const method = store.find("payment_method", String(intent.payment_method));
  const after = method === undefined ? undefined : debitOutcomeOf(method).after;
  return charge === undefined || after === undefined ? undefined : charge.created + after;
}

/** The bank decides as the test account says. */
export function decideDebit(context: Context, intent: Stripe.PaymentIntent): void {
  const method = context.store.get("payment_method", String(intent.payment_method));
  try {
    settleDebit(context, intent, debitOutcomeOf(method).result);
  } catch (error) {
    // No request waits for the decision: the intent and its events have it.
    if (!(error instanceof StripeApiError)) throw error;
  }
}
