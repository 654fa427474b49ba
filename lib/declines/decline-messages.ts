/**
 * The message for a payer whose payment is refused: what to do next, in our words. An unlisted code gets the generic
 * message, so that a new code does not cause a wrong one. Source of the codes and of what may be disclosed:
 * https://docs.stripe.com/declines/codes and https://docs.stripe.com/error-codes. Pure.
 */

import { entryOf } from "../untrusted.ts";

export const GENERIC_DECLINE_MESSAGE =
  "The payment was refused. Use another card or another way to pay, or ask your bank.";

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

const CONFIRM =
  "Your bank wants you to confirm this payment. Try again, and confirm it when you are asked to.";
const TRY_AGAIN =
  "The payment could not be processed right now. Try again in a moment; if it fails again, use another card.";
const ASK_BANK = "Your bank refused the payment. Ask your bank why, or use another card.";
const OTHER_CARD = "This card cannot be used for this purchase. Use another card.";
const LIMIT = "This card has reached a limit. Use another card, or ask your bank about the limit.";
const NUMBER = "The card number is incorrect. Check it and try again.";
const EXPIRY = "The expiry date is incorrect. Check it and try again.";
const CVC = "The security code is incorrect. Check it and try again.";
const ADDRESS = "The billing address does not match the card. Check it and try again.";
const PIN = "The PIN is missing or incorrect. Try again with the correct PIN, or use another card.";

const TOLD = {
  approve_with_id: TRY_AGAIN,
  authentication_not_handled: CONFIRM,
  authentication_required: CONFIRM,
  call_issuer: ASK_BANK,
  card_decline_rate_limit_exceeded:
    "This card was refused too often. Use another card, or try again tomorrow.",
  card_not_supported: OTHER_CARD,
  card_velocity_exceeded: LIMIT,
  currency_not_supported: "This card cannot pay in this currency. Use another card.",
  do_not_honor: ASK_BANK,
  do_not_try_again: ASK_BANK,
  duplicate_transaction:
    "The same payment was made with this card a moment ago. Check whether it went through before you pay again.",
  expired_card: "This card has expired. Use another card.",
  incorrect_address: ADDRESS,
  incorrect_cvc: CVC,
  incorrect_number: NUMBER,
  incorrect_pin: PIN,
  incorrect_postal_code: ADDRESS,
  incorrect_zip: ADDRESS,
  insufficient_funds: "There is not enough money on this card. Use another card, or another way to pay.",
  invalid_account: "This card no longer works. Use another card, or ask your bank.",
  invalid_amount: "Your bank refuses a payment of this amount. Ask your bank, or use another card.",
  invalid_cvc: CVC,
  invalid_expiry_month: EXPIRY,
  invalid_expiry_year: EXPIRY,
  invalid_number: NUMBER,
  invalid_pin: PIN,
  issuer_not_available: TRY_AGAIN,
  live_mode_test_card: "This is a test card and cannot be charged. Use a real card.",
  new_account_information_available: "This card no longer works. Use another card, or ask your bank.",
  no_action_taken: ASK_BANK,
  // Our own name, because Stripe has no code for it: an invoice is due, and its customer has no saved card.
  no_payment_method: "There is no saved card for this payment. Pay it with one of your cards.",
  not_permitted: ASK_BANK,
  offline_pin_required: PIN,
  online_or_offline_pin_required: PIN,
  payment_intent_authentication_failure:
    "Your bank could not confirm that it is you. Try again, or use another card.",
  pin_try_exceeded: "The PIN was entered wrongly too often. Use another card.",
  processing_error: TRY_AGAIN,
  reenter_transaction: TRY_AGAIN,
  revocation_of_all_authorizations: ASK_BANK,
  revocation_of_authorization: ASK_BANK,
  service_not_allowed: ASK_BANK,
  stop_payment_order: ASK_BANK,
  test_mode_live_card: "This is a test: real cards do not work here. Use a test card.",
  testmode_decline: "This is a test card and cannot be charged. Use a real card.",
  transaction_not_allowed: ASK_BANK,
  try_again_later: TRY_AGAIN,
  withdrawal_count_limit_exceeded: LIMIT,
} as const satisfies Readonly<Record<string, string>>;

const MESSAGES: ReadonlyMap<string, string> = new Map(Object.entries(TOLD));

/** Codes with a message of their own. */
export const TOLD_DECLINE_CODES: readonly string[] = Object.keys(TOLD);

/** By Stripe's advice code, what the issuer advises about this card. */
const ADVISED = {
  confirm_card_data: "The card details are incorrect or out of date. Check them, or use another card.",
  do_not_try_again: OTHER_CARD,
  try_again_later: TRY_AGAIN,
} as const;

export type AdviceCode = keyof typeof ADVISED;

const UNTOLD: ReadonlySet<string> = new Set(UNTOLD_DECLINE_CODES);

/**
 * The sentence for the payer. `code` is Stripe's decline code, or its error code if there is no decline code. Where it says
 * nothing in particular, the issuer's advice (`adviceCode`) does; and no card is tried again against that advice.
 */
export function declineMessage(code: string | undefined, adviceCode?: string): string {
  const byCode = MESSAGES.get(code ?? "");
  if (code !== undefined && UNTOLD.has(code)) return GENERIC_DECLINE_MESSAGE;
  if (byCode === undefined) return entryOf<string>(ADVISED, adviceCode ?? "") ?? GENERIC_DECLINE_MESSAGE;
  return adviceCode === "do_not_try_again" && /try again/i.test(byCode) ? OTHER_CARD : byCode;
}
