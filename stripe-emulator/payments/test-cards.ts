/** Stripe's test cards and what each one does: one row per card. https://docs.stripe.com/testing */
import { present } from "../present.ts";
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

/** By the code in the names `pm_card_<country>`: the number of a Visa card of that country, which succeeds. */
const NUMBERS_BY_COUNTRY: Record<string, string> = {
  ...{ ae: "4000007840000001", ar: "4000000320000021", at: "4000000400000008", au: "4000000360000006" },
  ...{ be: "4000000560000004", bg: "4000001000000000", br: "4000000760000002", by: "4000001120000005" },
  ...{ ca: "4000001240000000", ch: "4000007560000009", cl: "4000001520000001", cn: "4000001560000002" },
  ...{ co: "4000001700000003", cr: "4000001880000005", cy: "4000001960000008", cz: "4000002030000002" },
  ...{ de: "4000002760000016", dk: "4000002080000001", ec: "4000002180000000", ee: "4000002330000009" },
  ...{ es: "4000007240000007", fi: "4000002460000001", fr: "4000002500000003", gb: "4000008260000000" },
  ...{ gi: "4000002920000005", gr: "4000003000000030", hk: "4000003440000004", hr: "4000001910000009" },
  ...{ hu: "4000003480000005", ie: "4000003720000005", in: "4000003560000008", it: "4000003800000008" },
  ...{ jp: "4000003920000003", li: "4000004380000004", lt: "4000004400000000", lu: "4000004420000006" },
  ...{ lv: "4000004280000005", mt: "4000004700000007", mx: "4000004840008001", my: "4000004580000002" },
  ...{ nl: "4000005280000002", no: "4000005780000007", nz: "4000005540000008", pa: "4000005910000000" },
  ...{ pe: "4000006040000068", pl: "4000006160000005", pt: "4000006200000007", py: "4000006000000066" },
  ...{ ro: "4000006420000001", se: "4000007520000008", sg: "4000007020000003", si: "4000007050000006" },
  ...{ sk: "4000007030000001", tw: "4000001580000008", uy: "4000008580000003" },
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
