import type Stripe from "stripe";
import { newId } from "../protocol/ids.ts";
import type { Context } from "../state/context.ts";
import { storeBalanceTransaction } from "./balance-transaction.ts";
import { paymentDetailsOf } from "./charge-details.ts";
import type { Decline } from "./decline.ts";
import { type TestCard, testCardByName } from "./test-cards.ts";

/** Stripe's fee for a domestic card in test accounts: 2.9 % and 30 cents. */
const FEE_RATE = 0.029;
const FEE_FIXED_CENTS = 30;

/** What is charged: the part that a payment intent and a charge without one have in common. */
export type ChargeOrder = Pick<
  Stripe.Charge,
  | "amount"
  | "currency"
  | "customer"
  | "description"
  | "metadata"
  | "payment_intent"
  | "receipt_email"
  | "shipping"
  | "source"
  | "statement_descriptor"
  | "statement_descriptor_suffix"
  | "transfer_group"
>;

export function orderOf(intent: Stripe.PaymentIntent): ChargeOrder {
  return { ...pickOrder(intent), payment_intent: intent.id, source: null };
}

function pickOrder(intent: Stripe.PaymentIntent) {
  const { amount, currency, customer, description, metadata, receipt_email, shipping } = intent;
  const { statement_descriptor, statement_descriptor_suffix, transfer_group } = intent;
  return {
    ...{ amount, currency, customer, description, metadata, receipt_email, shipping },
    ...{ statement_descriptor, statement_descriptor_suffix, transfer_group },
  };
}

/** `pending`: the bank decides later. With `decline` the charge has failed. */
export type ChargeResult = "succeeded" | "pending" | Decline;

/** Stores the charge of one attempt to pay. Emits no event. */
export function storeCharge(
  context: Context,
  order: ChargeOrder,
  method: Stripe.PaymentMethod,
  { result, capture, authenticated }: { result: ChargeResult; capture: boolean; authenticated: boolean },
): Stripe.Charge {
  const paid = result === "succeeded";
  const decline = typeof result === "string" ? undefined : result;
  const captured = decline === undefined && capture;
  const id = newId("ch");
  const testCard = testCardByName(context.store.cardsOnFile.get(method.id)?.testCard ?? "");
  const charge: Stripe.Charge = {
    id,
    object: "charge",
    ...order,
    amount_captured: paid && captured ? order.amount : 0,
    amount_refunded: 0,
    application: null,
    application_fee: null,
    application_fee_amount: null,
    balance_transaction: null,
    billing_details: method.billing_details,
    calculated_statement_descriptor: order.statement_descriptor ?? "EMULATOR",
    captured,
    created: context.clock.now(),
    disputed: false,
    failure_balance_transaction: null,
    failure_code: decline?.code ?? null,
    failure_message: decline?.message ?? null,
    fraud_details: {},
    livemode: false,
    on_behalf_of: null,
    outcome: outcomeOf(decline, testCard),
    paid,
    payment_method: method.id,
    payment_method_details: paymentDetailsOf(order.amount, method, {
      ...{ authenticated, captured, testCard, now: context.clock.now() },
    }),
    receipt_number: null,
    receipt_url: paid ? `${context.origin}/_emulator/receipts/${order.payment_intent ?? id}` : null,
    refunded: false,
    review: null,
    source_transfer: null,
    status: typeof result === "string" ? result : "failed",
    transfer_data: null,
  };
  return context.store.put("charge", paid && captured ? withBalanceTransaction(context, charge) : charge);
}

/** The bank has decided about a pending charge. Emits no event. */
export function settleCharge(
  context: Context,
  charge: Stripe.Charge,
  result: "succeeded" | Decline,
): Stripe.Charge {
  if (result === "succeeded") {
    const paid: Stripe.Charge = {
      ...charge,
      amount_captured: charge.amount,
      paid: true,
      receipt_url: `${context.origin}/_emulator/receipts/${charge.payment_intent ?? charge.id}`,
      status: "succeeded",
    };
    return context.store.put("charge", withBalanceTransaction(context, paid));
  }
  return context.store.patch("charge", charge, {
    captured: false,
    failure_code: result.code,
    failure_message: result.message,
    outcome: outcomeOf(result, undefined),
    status: "failed",
  });
}

/**
 * Captures an authorized charge, in the smallest unit: the rest of the authorization is released, unless more captures
 * follow. Each capture is booked. Emits no event.
 */
export function captureCharge(
  context: Context,
  charge: Stripe.Charge,
  amount: number,
  isFinal: boolean,
): Stripe.Charge {
  const total = charge.amount_captured + amount;
  const released = charge.amount - total;
  return context.store.put("charge", {
    ...withBalanceTransaction(context, charge, amount),
    captured: isFinal,
    amount_captured: total,
    amount_refunded: isFinal ? released : 0,
    refunded: false,
  });
}

/** Releases an authorization that was not captured: nothing is booked, and the whole amount counts as refunded. */
export function releaseCharge(context: Context, charge: Stripe.Charge): Stripe.Charge {
  return context.store.patch("charge", charge, {
    amount_refunded: charge.amount - charge.amount_captured,
    refunded: charge.amount_captured === 0,
  });
}

function withBalanceTransaction(
  context: Context,
  charge: Stripe.Charge,
  amount = charge.amount_captured,
): Stripe.Charge {
  const fee = Math.round(amount * FEE_RATE) + FEE_FIXED_CENTS;
  const transaction = storeBalanceTransaction(context, charge, amount, fee, "charge");
  return { ...charge, balance_transaction: transaction.id };
}

function outcomeOf(decline: Decline | undefined, testCard: TestCard | undefined): Stripe.Charge.Outcome {
  const risk = testCard?.risk ?? "normal";
  const shared = {
    advice_code: decline?.adviceCode ?? null,
    network_advice_code: null,
    risk_level: decline?.isBlocked ? "highest" : risk,
    risk_score: decline?.isBlocked ? 90 : risk === "elevated" ? 70 : 20,
  };
  if (decline === undefined) {
    return {
      ...shared,
      network_decline_code: null,
      network_status: "approved_by_network",
      reason: risk === "elevated" ? "elevated_risk_level" : null,
      seller_message: "Payment complete.",
      type: "authorized",
    };
  }
  if (decline.isBlocked) {
    return {
      ...shared,
      network_decline_code: null,
      network_status: "not_sent_to_network",
      reason: "highest_risk_level",
      seller_message: "Stripe blocked this payment as too risky.",
      type: "blocked",
    };
  }
  return {
    ...shared,
    network_decline_code: "01",
    network_status: "declined_by_network",
    reason: decline.declineCode ?? decline.code,
    seller_message: "The bank declined the payment.",
    type: "issuer_declined",
  };
}
