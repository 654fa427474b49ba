/** Stripe's test cards and what each one does: one row per card. https://docs.stripe.com/testing */
import { present } from "../present.ts";
import { NUMBERS_BY_COUNTRY } from "./country-numbers.ts";
import { cardDeclined, type Decline, GENERIC_DECLINE, LIVE_CARD_IN_TEST_MODE } from "./decline.ts";

export type CardBehaviour =
  | { kind: "succeeds" }
  /** Declined when charged. `attaches` says whether it can still be attached to a customer. */
  | { kind: "declines"; decline: Decline; attaches: boolean }
  /**
   * The customer must authenticate: always, until the card was set up for later use, or whenever the customer is present.
   * `afterwards` declines it then.
   */
  | { kind: "authenticates"; when: "always" | "unless_set_up" | "on_session"; afterwards?: Decline }
  /** Disputed once it is paid, `times` times. An inquiry leaves the money where it is. */
  | { kind: "disputed"; reason: string; isInquiry: boolean; times: number }
  /** The issuer reports it as fraud, without a dispute. */
  | { kind: "reported_as_fraud" }
  | { kind: "refund_fails" }
  | { kind: "refund_pends" }
  /** The money is on the available balance at once. */
  | { kind: "bypasses_pending" };

export type Brand = "amex" | "diners" | "discover" | "jcb" | "mastercard" | "unionpay" | "visa";

/** The checks that an issuer reports as failed or, with `unavailable`, does not make. */
export interface FailedChecks {
  cvc?: "fail";
  line1?: "fail" | "unavailable";
  postalCode?: "fail" | "unavailable";
}

/** What differs from a credit card of the United States. */
interface CardDetails {
  brand?: Brand;
  country?: string;
  funding?: "debit" | "prepaid";
  failedChecks?: FailedChecks;
  risk?: "elevated" | "highest";
  /** The other network of a card with two brands. */
  secondNetwork?: "cartes_bancaires" | "eftpos_au";
}

export interface TestCard extends CardDetails {
  number: string;
  /** The ready-made payment method that stands for this card in API calls. */
  name: string;
  brand: Brand;
  behaviour: CardBehaviour;
}

const succeeds: CardBehaviour = { kind: "succeeds" };

function card(number: string, name: string, behaviour: CardBehaviour, details: CardDetails = {}): TestCard {
  return { number, name: `pm_card_${name}`, behaviour, brand: "visa", ...details };
}

function declines(decline: Decline, attaches = false): CardBehaviour {
  return { kind: "declines", decline, attaches };
}

function authenticates(when: "always" | "unless_set_up" | "on_session", afterwards?: Decline): CardBehaviour {
  return { kind: "authenticates", when, ...present({ afterwards }) };
}

function disputed(reason: string, { isInquiry = false, times = 1 } = {}): CardBehaviour {
  return { kind: "disputed", reason, isInquiry, times };
}

const blocked = declines(cardDeclined("fraudulent", { isBlocked: true }));
const processingError: Decline = {
  code: "processing_error",
  message: "An error occurred while processing your card. Try again in a little bit.",
  adviceCode: "try_again_later",
};
const insufficientFunds = cardDeclined("insufficient_funds", {
  message: "Your card has insufficient funds.",
});

export const TEST_CARDS: readonly TestCard[] = [
  card("4242424242424242", "visa", succeeds),
  card("4000056655665556", "visa_debit", succeeds, { funding: "debit" }),
  card("5555555555554444", "mastercard", succeeds, { brand: "mastercard" }),
  card("5200828282828210", "mastercard_debit", succeeds, { brand: "mastercard", funding: "debit" }),
  card("5105105105105100", "mastercard_prepaid", succeeds, { brand: "mastercard", funding: "prepaid" }),
  card("378282246310005", "amex", succeeds, { brand: "amex" }),
  card("6011111111111117", "discover", succeeds, { brand: "discover" }),
  card("3056930009020004", "diners", succeeds, { brand: "diners" }),
  card("3566002020360505", "jcb", succeeds, { brand: "jcb", country: "JP" }),
  card("6200000000000005", "unionpay", succeeds, { brand: "unionpay", country: "CN" }),
  card("4000002500001001", "visa_cartesBancaires", succeeds, {
    ...{ country: "FR", secondNetwork: "cartes_bancaires" },
  }),
  card("5555552500001001", "mastercard_cartesBancaires", succeeds, {
    ...{ brand: "mastercard", country: "FR", secondNetwork: "cartes_bancaires" },
  }),
  card("4000050360000001", "visa_debit_eftposAuCoBranded", succeeds, {
    ...{ country: "AU", funding: "debit", secondNetwork: "eftpos_au" },
  }),
  card("4000000000000002", "visa_chargeDeclined", declines(GENERIC_DECLINE)),
  card("4000000000009995", "visa_chargeDeclinedInsufficientFunds", declines(insufficientFunds)),
  card(
    "4000000000009987",
    "visa_chargeDeclinedLostCard",
    declines(cardDeclined("lost_card", { adviceCode: "do_not_try_again" })),
  ),
  card(
    "4000000000009979",
    "visa_chargeDeclinedStolenCard",
    declines(cardDeclined("stolen_card", { adviceCode: "do_not_try_again" })),
  ),
  card(
    "4000000000000069",
    "chargeDeclinedExpiredCard",
    declines({
      ...{ code: "expired_card", message: "Your card has expired.", param: "exp_month" },
      adviceCode: "do_not_try_again",
    }),
  ),
  card(
    "4000000000000127",
    "chargeDeclinedIncorrectCvc",
    declines({
      ...{ code: "incorrect_cvc", message: "Your card's security code is incorrect.", param: "cvc" },
      adviceCode: "confirm_card_data",
    }),
  ),
  card("4000000000000119", "chargeDeclinedProcessingError", declines(processingError)),
  card(
    "4000000000006975",
    "visa_chargeDeclinedVelocityLimitExceeded",
    declines(cardDeclined("card_velocity_exceeded")),
  ),
  card("4000000000000341", "chargeCustomerFail", declines(GENERIC_DECLINE, true)),
  card("4100000000000019", "radarBlock", blocked),
  card("4000000000004954", "riskLevelHighest", blocked),
  card("4000000000009235", "riskLevelElevated", succeeds, { risk: "elevated" }),
  card("4000000000000101", "cvcCheckFail", succeeds, { failedChecks: { cvc: "fail" } }),
  card("4000000000000036", "avsZipFail", succeeds, { failedChecks: { postalCode: "fail" } }),
  card("4000000000000028", "avsLine1Fail", succeeds, { failedChecks: { line1: "fail" } }),
  card("4000000000000010", "avsFail", succeeds, { failedChecks: { line1: "fail", postalCode: "fail" } }),
  card("4000000000000044", "avsUnchecked", succeeds, {
    failedChecks: { line1: "unavailable", postalCode: "unavailable" },
  }),
  card("4000002500003155", "authenticationRequiredOnSetup", authenticates("unless_set_up")),
  card("4000002760003184", "authenticationRequired", authenticates("always")),
  card("4000003800000446", "authenticationRequiredSetupForOffSession", authenticates("on_session")),
  card(
    "4000008260003178",
    "authenticationRequiredChargeDeclinedInsufficientFunds",
    authenticates("always", insufficientFunds),
  ),
  card("4000000000003220", "threeDSecure2Required", authenticates("always")),
  card("4000000000003063", "threeDSecureRequired", authenticates("always")),
  card("4000008400001629", "threeDSecureRequiredChargeDeclined", authenticates("always", GENERIC_DECLINE)),
  card("4000008400001280", "threeDSecureRequiredProcessingError", declines(cardDeclined("processing_error"))),
  card("4000000000003055", "threeDSecureOptional", succeeds),
  card("4000000000003097", "threeDSecureOptionalProcessingError", succeeds),
  card("4000000000000259", "createDispute", disputed("fraudulent")),
  card("4000000000002685", "createDisputeProductNotReceived", disputed("product_not_received")),
  card("4000000000001976", "createDisputeInquiry", disputed("fraudulent", { isInquiry: true })),
  card("4000000404000079", "createMultipleDisputes", disputed("fraudulent", { times: 2 })),
  card("4000000404000038", "createCe3EligibleDispute", disputed("fraudulent")),
  card("4000008400000779", "createComplianceDispute", disputed("noncompliant")),
  card("4000000000005423", "createIssuerFraudRecord", { kind: "reported_as_fraud" }),
  card("4000000000007726", "pendingRefund", { kind: "refund_pends" }),
  card("4000000000005126", "refundFail", { kind: "refund_fails" }),
  card("4000000000000077", "bypassPending", { kind: "bypasses_pending" }),
  card("4000003720000278", "bypassPendingInternational", { kind: "bypasses_pending" }, { country: "IE" }),
];

/** Other numbers that Stripe publishes for cards that only differ in their number. */
const OTHER_NUMBERS: Record<string, string> = {
  "2223003122003222": "pm_card_mastercard",
  "371449635398431": "pm_card_amex",
  "6011000990139424": "pm_card_discover",
  "36227206271667": "pm_card_diners",
  "6205500000000000004": "pm_card_unionpay",
};

/** Other names that Stripe publishes for some of the cards. */
const ALIASES: Record<string, string> = {
  pm_card_amex_threeDSecureNotSupported: "pm_card_amex",
  pm_card_chargeDeclined: "pm_card_visa_chargeDeclined",
  pm_card_chargeDeclinedFraudulent: "pm_card_radarBlock",
  pm_card_chargeDeclinedInsufficientFunds: "pm_card_visa_chargeDeclinedInsufficientFunds",
  pm_card_us: "pm_card_visa",
};

/** The cards of other countries, which all succeed. */
export const COUNTRY_CARDS: readonly TestCard[] = Object.entries(NUMBERS_BY_COUNTRY).map(([code, number]) =>
  card(number, code, succeeds, { country: code.toUpperCase() }),
);

const ALL_CARDS = [...TEST_CARDS, ...COUNTRY_CARDS];

/** Stands for all other numbers: such a card is saved, and declined with `test_mode_live_card` when charged. */
export const UNKNOWN_CARD = "unknown_card";

export function testCardByNumber(number: string): TestCard | undefined {
  const name = OTHER_NUMBERS[number];
  return name === undefined
    ? ALL_CARDS.find((candidate) => candidate.number === number)
    : testCardByName(name);
}

export function testCardByName(name: string): TestCard | undefined {
  const canonical = ALIASES[name] ?? name;
  return ALL_CARDS.find((candidate) => candidate.name === canonical);
}

/** The card of a ready-made token: `tok_visa` stands for the same card as `pm_card_visa`. */
export function testCardByToken(token: string): TestCard | undefined {
  return token.startsWith("tok_") ? testCardByName(`pm_card_${token.slice("tok_".length)}`) : undefined;
}

export function behaviourOf(testCard: string): CardBehaviour {
  return testCardByName(testCard)?.behaviour ?? declines(LIVE_CARD_IN_TEST_MODE);
}

/** Whether the check digit of a card number is right (ISO/IEC 7812). */
export function passesLuhn(number: string): boolean {
  let sum = 0;
  for (const [index, digit] of [...number].reverse().entries()) {
    const value = Number(digit) * (index % 2 === 1 ? 2 : 1);
    sum += value > 9 ? value - 9 : value;
  }
  return sum % 10 === 0;
}
