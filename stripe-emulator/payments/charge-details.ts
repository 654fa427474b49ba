/** What a charge shows about the payment method with which it was made. */
import type Stripe from "stripe";
import { present } from "../present.ts";
import { checksOf } from "./card-details.ts";
import { isDetailedType } from "./payment-method-fields.ts";
import type { TestCard } from "./test-cards.ts";

/** How long an issuer holds an authorization. https://docs.stripe.com/payments/place-a-hold-on-a-payment-method */
export const HOLD_SECONDS = 7 * 24 * 60 * 60;

interface Attempt {
  authenticated: boolean;
  /** Whether the money was taken, and not only held. */
  captured: boolean;
  testCard: TestCard | undefined;
  now: number;
}

export function paymentDetailsOf(
  amount: number,
  method: Stripe.PaymentMethod,
  attempt: Attempt,
): Stripe.Charge.PaymentMethodDetails {
  const { type, card } = method;
  if (card !== undefined) return { type, card: cardDetailsOf(amount, method, card, attempt) };
  return { type, [type]: isDetailedType(type) ? { ...method[type] } : {} };
}

function cardDetailsOf(
  amount: number,
  method: Stripe.PaymentMethod,
  card: Stripe.PaymentMethod.Card,
  { authenticated, captured, testCard, now }: Attempt,
): Stripe.Charge.PaymentMethodDetails.Card {
  const unavailable = { status: "unavailable" };
  return {
    amount_authorized: amount,
    authorization_code: "123456",
    brand: card.brand,
    checks: checksOf(card, method.billing_details.address, testCard),
    country: card.country,
    electronic_commerce_indicator: authenticated ? "05" : null,
    exp_month: card.exp_month,
    exp_year: card.exp_year,
    extended_authorization: { status: "disabled" },
    fingerprint: card.fingerprint ?? null,
    funding: card.funding,
    incremental_authorization: unavailable,
    installments: null,
    last4: card.last4,
    mandate: null,
    multicapture: unavailable,
    network: card.brand,
    network_token: { used: false },
    network_transaction_id: null,
    overcapture: { ...unavailable, maximum_amount_capturable: amount },
    regulated_status: card.regulated_status,
    three_d_secure: authenticated ? authenticatedBy3ds : null,
    transaction_link_id: null,
    wallet: null,
    ...present({ capture_before: captured ? undefined : now + HOLD_SECONDS }),
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
