/**
 * The payment methods other than cards: how a payment with each goes, whether a customer can keep it, and which details it
 * shows. https://docs.stripe.com/payments/payment-methods/payment-method-support
 */
import type Stripe from "stripe";
import { fingerprintOf } from "./card-details.ts";
import type { DetailedType } from "./payment-method-fields.ts";

/** The hash of a method's own details, as far as it was given. */
type Given = Readonly<Record<string, unknown>>;

export interface MethodType {
  /**
   * What confirming does. `wallet` pays at once. `debit` is processed for a while. `redirect` sends the customer to a page.
   * `waits` until the customer has paid elsewhere. `bank_transfer` is paid from the customer's cash balance.
   */
  readonly flow: "wallet" | "debit" | "redirect" | "waits" | "bank_transfer";
  /** Whether it can be attached to a customer and set up for later payments. */
  readonly isReusable: boolean;
  /** Whether it cannot exist without its details. */
  readonly needsDetails: boolean;
  readonly detailsOf: (given: Given, billing: Stripe.PaymentMethod.BillingDetails) => object;
}

const noDetails: MethodType["detailsOf"] = () => ({});
const bank: MethodType["detailsOf"] = (given) => ({ bank: given.bank ?? null });

function method(flow: MethodType["flow"], isReusable: boolean, detailsOf = noDetails): MethodType {
  return { flow, isReusable, needsDetails: false, detailsOf };
}

function debit(detailsOf: MethodType["detailsOf"]): MethodType {
  return { flow: "debit", isReusable: true, needsDetails: true, detailsOf };
}

const textOf = (given: Given, name: string): string => String(given[name] ?? "");
const lastOf = (given: Given) => textOf(given, "account_number").slice(-4);
const fingerprint = (given: Given, bankName: string) =>
  fingerprintOf(textOf(given, bankName) + textOf(given, "account_number"));

const METHOD_TYPES: Readonly<Record<DetailedType, MethodType>> = {
  acss_debit: debit((given) => ({
    bank_name: "STRIPE TEST BANK",
    fingerprint: fingerprint(given, "transit_number"),
    institution_number: given.institution_number,
    last4: lastOf(given),
    transit_number: given.transit_number,
  })),
  au_becs_debit: debit((given) => ({
    bsb_number: given.bsb_number,
    fingerprint: fingerprint(given, "bsb_number"),
    last4: lastOf(given),
  })),
  bacs_debit: debit((given) => ({
    fingerprint: fingerprint(given, "sort_code"),
    last4: lastOf(given),
    sort_code: given.sort_code,
  })),
  sepa_debit: debit((given) => ({
    bank_code: textOf(given, "iban").slice(4, 9),
    branch_code: "",
    country: textOf(given, "iban").slice(0, 2),
    fingerprint: fingerprintOf(textOf(given, "iban")),
    generated_from: { charge: null, setup_attempt: null },
    last4: textOf(given, "iban").slice(-4),
  })),
  us_bank_account: debit((given) => ({
    account_holder_type: given.account_holder_type ?? "individual",
    account_type: given.account_type ?? "checking",
    bank_name: "STRIPE TEST BANK",
    financial_connections_account: null,
    fingerprint: fingerprint(given, "routing_number"),
    last4: lastOf(given),
    networks: { preferred: "ach", supported: ["ach"] },
    routing_number: given.routing_number,
    status_details: {},
  })),
  link: method("wallet", true, (_given, { email }) => ({ email })),
  amazon_pay: method("redirect", true),
  cashapp: method("redirect", true, () => ({ buyer_id: null, cashtag: null })),
  paypal: method("redirect", true, (_given, { email }) => ({
    ...{ country: "US", payer_email: email, payer_id: null },
  })),
  revolut_pay: method("redirect", true),
  affirm: method("redirect", false),
  afterpay_clearpay: method("redirect", false),
  alipay: method("redirect", false),
  alma: method("redirect", false),
  bancontact: method("redirect", false),
  eps: method("redirect", false, bank),
  fpx: method("redirect", false, (given) => ({
    ...{ account_holder_type: given.account_holder_type ?? null, bank: given.bank },
  })),
  giropay: method("redirect", false),
  grabpay: method("redirect", false),
  ideal: method("redirect", false, (given) => ({ bank: given.bank ?? null, bic: null })),
  klarna: method("redirect", false, () => ({ dob: null })),
  mobilepay: method("redirect", false),
  p24: method("redirect", false, bank),
  twint: method("redirect", false),
  wechat_pay: method("redirect", false),
  zip: method("redirect", false),
  blik: method("waits", false, () => ({ buyer_id: null })),
  boleto: { ...method("waits", false, (given) => ({ tax_id: given.tax_id })), needsDetails: true },
  konbini: method("waits", false),
  multibanco: method("waits", false),
  oxxo: method("waits", false),
  pix: method("waits", false),
  customer_balance: method("bank_transfer", false),
};

/** How a payment with a method of this type goes. */
export function methodTypeOf(type: DetailedType): MethodType {
  return METHOD_TYPES[type];
}
