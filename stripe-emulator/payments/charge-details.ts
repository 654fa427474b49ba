/** What a charge shows about the payment method with which it was made. */
import type Stripe from "stripe";
import { present } from "../present.ts";
import { checksOf } from "./card-details.ts";
import { type DetailedType, isDetailedType } from "./payment-method-fields.ts";
import type { TestCard } from "./test-cards.ts";

/** How long an issuer holds an authorization. https://docs.stripe.com/payments/place-a-hold-on-a-payment-method */
export const HOLD_SECONDS = 7 * 24 * 60 * 60;

/** What a charge shows of each type: the method's own fields, and null for what only a real bank knows. */
const FIELDS: Readonly<Record<DetailedType, readonly string[]>> = {
  acss_debit: ["bank_name", "fingerprint", "institution_number", "last4", "transit_number"],
  affirm: ["transaction_id"],
  afterpay_clearpay: ["order_id", "reference"],
  alipay: ["fingerprint", "transaction_id"],
  alma: ["transaction_id"],
  amazon_pay: ["transaction_id"],
  au_becs_debit: ["bsb_number", "fingerprint", "last4"],
  bacs_debit: ["fingerprint", "last4", "mandate", "sort_code"],
  bancontact: [
    ...["bank_code", "bank_name", "bic", "generated_sepa_debit", "generated_sepa_debit_mandate"],
    ...["iban_last4", "preferred_language", "verified_name"],
  ],
  blik: ["buyer_id"],
  boleto: ["tax_id"],
  cashapp: ["buyer_id", "cashtag", "transaction_id"],
  customer_balance: [],
  eps: ["bank", "verified_name"],
  fpx: ["account_holder_type", "bank", "transaction_id"],
  giropay: ["bank_code", "bank_name", "bic", "verified_name"],
  grabpay: ["transaction_id"],
  ideal: [
    ...["bank", "bic", "generated_sepa_debit", "generated_sepa_debit_mandate", "iban_last4"],
    ...["transaction_id", "verified_name"],
  ],
  klarna: ["payer_details", "payment_method_category", "preferred_locale"],
  konbini: ["store"],
  link: ["country"],
  mobilepay: ["card"],
  multibanco: ["entity", "reference"],
  oxxo: ["number"],
  p24: ["bank", "reference", "verified_name"],
  paypal: ["country", "payer_email", "payer_id", "payer_name", "seller_protection", "transaction_id"],
  pix: ["bank_transaction_id"],
  revolut_pay: ["transaction_id"],
  sepa_debit: ["bank_code", "branch_code", "country", "fingerprint", "last4", "mandate"],
  twint: [],
  us_bank_account: [
    ...["account_holder_type", "account_type", "bank_name", "fingerprint", "last4", "payment_reference"],
    "routing_number",
  ],
  wechat_pay: ["fingerprint", "transaction_id"],
  zip: [],
};

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
  if (!isDetailedType(type)) return { type };
  const shown: Readonly<Record<string, unknown>> = { ...method[type] };
  return { type, [type]: Object.fromEntries(FIELDS[type].map((name) => [name, shown[name] ?? null])) };
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
