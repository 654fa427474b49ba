import type Stripe from "stripe";
import { newId } from "../protocol/ids.ts";
import type { Context } from "../state/context.ts";
import type { Decline } from "./test-cards.ts";

/** Stripe's fee for a domestic card in test accounts: 2.9 % and 30 cents. */
const FEE_RATE = 0.029;
const FEE_FIXED_CENTS = 30;

/** Stores the charge of one attempt to pay the intent. With `decline` it is a failed one. Emits no event. */
export function storeCharge(
  context: Context,
  intent: Stripe.PaymentIntent,
  method: Stripe.PaymentMethod,
  {
    decline,
    capture,
    authenticated,
  }: { decline?: Decline | undefined; capture: boolean; authenticated: boolean },
): Stripe.Charge {
  const paid = decline === undefined;
  const captured = paid && capture;
  const charge: Stripe.Charge = {
    id: newId("ch"),
    object: "charge",
    amount: intent.amount,
    amount_captured: captured ? intent.amount : 0,
    amount_refunded: 0,
    application: null,
    application_fee: null,
    application_fee_amount: null,
    balance_transaction: null,
    billing_details: method.billing_details,
    calculated_statement_descriptor: intent.statement_descriptor ?? "EMULATOR",
    captured,
    created: context.clock.now(),
    currency: intent.currency,
    customer: intent.customer,
    description: intent.description,
    disputed: false,
    failure_balance_transaction: null,
    failure_code: decline?.code ?? null,
    failure_message: decline?.message ?? null,
    fraud_details: {},
    livemode: false,
    metadata: intent.metadata,
    on_behalf_of: null,
    outcome: outcomeOf(decline),
    paid,
    payment_intent: intent.id,
    payment_method: method.id,
    payment_method_details:
      method.card === undefined
        ? { type: method.type }
        : { type: "card", card: cardDetails(intent, method, authenticated) },
    receipt_email: intent.receipt_email,
    receipt_number: null,
    receipt_url: paid ? `${context.origin}/_emulator/receipts/${intent.id}` : null,
    refunded: false,
    review: null,
    shipping: intent.shipping,
    source: null,
    source_transfer: null,
    statement_descriptor: intent.statement_descriptor,
    statement_descriptor_suffix: intent.statement_descriptor_suffix,
    status: paid ? "succeeded" : "failed",
    transfer_data: null,
    transfer_group: intent.transfer_group,
  };
  return context.store.put("charge", captured ? withBalanceTransaction(context, charge) : charge);
}

/** Marks an authorized charge as captured for `amount`, in the smallest unit. */
export function captureCharge(context: Context, charge: Stripe.Charge, amount: number): Stripe.Charge {
  const captured: Stripe.Charge = {
    ...charge,
    captured: true,
    amount_captured: amount,
    amount_refunded: charge.amount - amount,
  };
  return context.store.put("charge", withBalanceTransaction(context, captured));
}

function withBalanceTransaction(context: Context, charge: Stripe.Charge): Stripe.Charge {
  const fee = Math.round(charge.amount_captured * FEE_RATE) + FEE_FIXED_CENTS;
  const transaction = storeBalanceTransaction(context, charge, charge.amount_captured, fee, "charge");
  return { ...charge, balance_transaction: transaction.id };
}

/** Books an amount on the account's balance, in the smallest unit; negative when money leaves it. */
export function storeBalanceTransaction(
  context: Context,
  source: { id: string; currency: string },
  amount: number,
  fee: number,
  type: "charge" | "refund" | "adjustment",
): Stripe.BalanceTransaction {
  const { currency } = source;
  const created = context.clock.now();
  const feeDetail = {
    amount: fee,
    application: null,
    currency,
    description: "Stripe processing fees",
    type: "stripe_fee",
  };
  return context.store.put("balance_transaction", {
    id: newId("txn"),
    object: "balance_transaction",
    amount,
    available_on: created,
    balance_type: "payments",
    created,
    currency,
    description: null,
    exchange_rate: null,
    fee,
    fee_details: fee === 0 ? [] : [feeDetail],
    net: amount - fee,
    reporting_category: type,
    source: source.id,
    status: "available",
    type,
  });
}

function outcomeOf(decline: Decline | undefined): Stripe.Charge.Outcome {
  if (decline === undefined) {
    return {
      advice_code: null,
      network_advice_code: null,
      network_decline_code: null,
      network_status: "approved_by_network",
      reason: null,
      risk_level: "normal",
      risk_score: 20,
      seller_message: "Payment complete.",
      type: "authorized",
    };
  }
  return {
    advice_code: decline.adviceCode ?? null,
    network_advice_code: null,
    network_decline_code: "01",
    network_status: "declined_by_network",
    reason: decline.declineCode ?? decline.code,
    risk_level: "normal",
    risk_score: 20,
    seller_message: "The bank declined the payment.",
    type: "issuer_declined",
  };
}

function cardDetails(
  intent: Stripe.PaymentIntent,
  { card }: Stripe.PaymentMethod,
  authenticated: boolean,
): Stripe.Charge.PaymentMethodDetails.Card {
  return {
    amount_authorized: intent.amount,
    authorization_code: "123456",
    brand: card?.brand ?? null,
    checks: card?.checks ?? null,
    country: card?.country ?? null,
    electronic_commerce_indicator: authenticated ? "05" : null,
    exp_month: card?.exp_month ?? 0,
    exp_year: card?.exp_year ?? 0,
    fingerprint: card?.fingerprint ?? null,
    funding: card?.funding ?? null,
    installments: null,
    last4: card?.last4 ?? null,
    mandate: null,
    network: card?.brand ?? null,
    network_transaction_id: null,
    regulated_status: card?.regulated_status ?? null,
    three_d_secure: authenticated ? authenticatedBy3ds : null,
    transaction_link_id: null,
    wallet: null,
  };
}

const authenticatedBy3ds: Stripe.Charge.PaymentMethodDetails.Card.ThreeDSecure = {
  authentication_flow: "challenge",
  electronic_commerce_indicator: "05",
  exemption_indicator: null,
  result: "authenticated",
  result_reason: null,
  transaction_id: null,
  version: "2.2.0",
};
