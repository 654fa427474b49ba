/**
 * The message for a payer whose payment is refused: what to do next, in our words. An unlisted code gets the generic
 * message, so that a new code does not cause a wrong one. Source of the codes and of what may be disclosed:
 * https://docs.stripe.com/declines/codes and https://docs.stripe.com/error-codes. Pure.
 */

import { entryOf } from "../untrusted.ts";

/** What a payer can be told, by its name in the section `declines` of languages/*.yml. Here in English, for errors of the API. */
export const ENGLISH_DECLINES = {
  generic: "The payment was refused. Use another card or another way to pay, or ask your bank.",
  confirm: "Your bank wants you to confirm this payment. Try again, and confirm it when you are asked to.",
  tryAgain:
    "The payment could not be processed right now. Try again in a moment; if it fails again, use another card.",
  askBank: "Your bank refused the payment. Ask your bank why, or use another card.",
  otherCard: "This card cannot be used for this purchase. Use another card.",
  limit: "This card has reached a limit. Use another card, or ask your bank about the limit.",
  number: "The card number is incorrect. Check it and try again.",
  expiry: "The expiry date is incorrect. Check it and try again.",
  cvc: "The security code is incorrect. Check it and try again.",
  address: "The billing address does not match the card. Check it and try again.",
  pin: "The PIN is missing or incorrect. Try again with the correct PIN, or use another card.",
  tooOften: "This card was refused too often. Use another card, or try again tomorrow.",
  currency: "This card cannot pay in this currency. Use another card.",
  duplicate:
    "The same payment was made with this card a moment ago. Check whether it went through before you pay again.",
  expired: "This card has expired. Use another card.",
  funds: "There is not enough money on this card. Use another card, or another way to pay.",
  outOfUse: "This card no longer works. Use another card, or ask your bank.",
  amount: "Your bank refuses a payment of this amount. Ask your bank, or use another card.",
  testCard: "This is a test card and cannot be charged. Use a real card.",
  realCard: "This is a test: real cards do not work here. Use a test card.",
  noSavedCard: "There is no saved card for this payment. Pay it with one of your cards.",
  notConfirmed: "Your bank could not confirm that it is you. Try again, or use another card.",
  pinTooOften: "The PIN was entered wrongly too often. Use another card.",
  cardData: "The card details are incorrect or out of date. Check them, or use another card.",
} as const satisfies Readonly<Record<string, string>>;

/** The name of what a payer is told. */
export type DeclineReason = keyof typeof ENGLISH_DECLINES;

/** The same in the payer's language. */
export type DeclineTexts = Readonly<Record<DeclineReason, string>>;

export const GENERIC_DECLINE_MESSAGE = ENGLISH_DECLINES.generic;

/**
 * Codes that must look like a refusal without a reason: the person with the card may not be its owner, and a list of
 * refused payers must stay private. They are listed so that nobody adds a message for them.
 */
export const UNTOLD_DECLINE_CODES = [
  "fraudulent",
  "highest_risk_level",
  "lost_card",
  "merchant_blacklist",
  "pickup_card",
  "restricted_card",
  "security_violation",
  "stolen_card",
] as const;

export type DeclineCode = (typeof UNTOLD_DECLINE_CODES)[number] | keyof typeof TOLD;

const TOLD = {
  approve_with_id: "tryAgain",
  authentication_not_handled: "confirm",
  authentication_required: "confirm",
  call_issuer: "askBank",
  card_decline_rate_limit_exceeded: "tooOften",
  card_not_supported: "otherCard",
  card_velocity_exceeded: "limit",
  currency_not_supported: "currency",
  do_not_honor: "askBank",
  do_not_try_again: "askBank",
  duplicate_transaction: "duplicate",
  expired_card: "expired",
  incorrect_address: "address",
  incorrect_cvc: "cvc",
  incorrect_number: "number",
  incorrect_pin: "pin",
  incorrect_postal_code: "address",
  incorrect_zip: "address",
  insufficient_funds: "funds",
  invalid_account: "outOfUse",
  invalid_amount: "amount",
  invalid_cvc: "cvc",
  invalid_expiry_month: "expiry",
  invalid_expiry_year: "expiry",
  invalid_number: "number",
  invalid_pin: "pin",
  issuer_not_available: "tryAgain",
  live_mode_test_card: "testCard",
  new_account_information_available: "outOfUse",
  no_action_taken: "askBank",
  // Our own name, because Stripe has no code for it: an invoice is due, and its customer has no saved card.
  no_payment_method: "noSavedCard",
  not_permitted: "askBank",
  offline_pin_required: "pin",
  online_or_offline_pin_required: "pin",
  payment_intent_authentication_failure: "notConfirmed",
  pin_try_exceeded: "pinTooOften",
  processing_error: "tryAgain",
  reenter_transaction: "tryAgain",
  revocation_of_all_authorizations: "askBank",
  revocation_of_authorization: "askBank",
  service_not_allowed: "askBank",
  stop_payment_order: "askBank",
  test_mode_live_card: "realCard",
  testmode_decline: "testCard",
  transaction_not_allowed: "askBank",
  try_again_later: "tryAgain",
  withdrawal_count_limit_exceeded: "limit",
} as const satisfies Readonly<Record<string, DeclineReason>>;

const REASONS: ReadonlyMap<string, DeclineReason> = new Map(Object.entries(TOLD));

/** Codes with a message of their own. */
export const TOLD_DECLINE_CODES: readonly string[] = Object.keys(TOLD);

/** By Stripe's advice code, what the issuer advises about this card. */
const ADVISED = {
  confirm_card_data: "cardData",
  do_not_try_again: "otherCard",
  try_again_later: "tryAgain",
} as const satisfies Readonly<Record<string, DeclineReason>>;

/** Those that ask the payer to try the same card again. */
const ASKS_AGAIN: ReadonlySet<DeclineReason> = new Set<DeclineReason>([
  "confirm",
  "tryAgain",
  "number",
  "expiry",
  "cvc",
  "address",
  "pin",
  "tooOften",
  "notConfirmed",
]);

export type AdviceCode = keyof typeof ADVISED;

const UNTOLD: ReadonlySet<string> = new Set(UNTOLD_DECLINE_CODES);

/**
 * What the payer is told. `code` is Stripe's decline code, or its error code if there is no decline code. Where it says
 * nothing in particular, the issuer's advice (`adviceCode`) does; and no card is tried again against that advice.
 */
export function declineReason(code: string | undefined, adviceCode?: string): DeclineReason {
  const byCode = REASONS.get(code ?? "");
  if (code !== undefined && UNTOLD.has(code)) return "generic";
  if (byCode === undefined) return entryOf<DeclineReason>(ADVISED, adviceCode ?? "") ?? "generic";
  return adviceCode === "do_not_try_again" && ASKS_AGAIN.has(byCode) ? "otherCard" : byCode;
}

/** The sentence for the payer, by default in English. */
export function declineMessage(
  code: string | undefined,
  adviceCode?: string,
  texts: DeclineTexts = ENGLISH_DECLINES,
): string {
  return texts[declineReason(code, adviceCode)];
}
