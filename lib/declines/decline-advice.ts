/**
 * What to do about a refused payment: what the payer can do, and whether the administrator must look at it. An unlisted
 * code is treated as a plain refusal, so that a new code neither stops our mails nor alarms anyone. Source of the codes:
 * https://docs.stripe.com/declines/codes and https://docs.stripe.com/error-codes. Pure.
 */
import { entryOf } from "../untrusted.ts";
import type { AdviceCode, DeclineCode } from "./decline-messages.ts";

/**
 * What the payer can do. `check-first`: it may already be paid, so the payer must not be invited to pay twice.
 * `stop`: nothing. The person with the card may not be its owner, or the owner has forbidden the payment.
 */
export type PayerAction =
  | "retry-later"
  | "other-card"
  | "authenticate"
  | "correct-details"
  | "ask-bank"
  | "check-first"
  | "stop";

export interface DeclineAdvice {
  readonly action: PayerAction;
  /** Whether the administrator is notified at the first attempt. */
  readonly needsPerson: boolean;
}

const retryLater: DeclineAdvice = { action: "retry-later", needsPerson: false };
const otherCard: DeclineAdvice = { action: "other-card", needsPerson: false };
const authenticate: DeclineAdvice = { action: "authenticate", needsPerson: false };
const correctDetails: DeclineAdvice = { action: "correct-details", needsPerson: false };
const askBank: DeclineAdvice = { action: "ask-bank", needsPerson: false };
const checkFirst: DeclineAdvice = { action: "check-first", needsPerson: false };
/** Looks like fraud, or is against the owner's will. */
const stop: DeclineAdvice = { action: "stop", needsPerson: true };
/** A card of the wrong mode: our keys are wrong, or someone is trying test cards. */
const wrongMode: DeclineAdvice = { action: "other-card", needsPerson: true };

/** Every code with our own message, and every code that is deliberately not disclosed. */
const ADVICE: Readonly<Record<DeclineCode, DeclineAdvice>> = {
  approve_with_id: retryLater,
  authentication_not_handled: authenticate,
  authentication_required: authenticate,
  call_issuer: askBank,
  card_decline_rate_limit_exceeded: retryLater,
  card_not_supported: otherCard,
  card_velocity_exceeded: askBank,
  currency_not_supported: otherCard,
  do_not_honor: askBank,
  do_not_try_again: stop,
  duplicate_transaction: checkFirst,
  expired_card: otherCard,
  fraudulent: stop,
  highest_risk_level: stop,
  incorrect_address: correctDetails,
  incorrect_cvc: correctDetails,
  incorrect_number: correctDetails,
  incorrect_pin: correctDetails,
  incorrect_postal_code: correctDetails,
  incorrect_zip: correctDetails,
  insufficient_funds: otherCard,
  invalid_account: otherCard,
  invalid_amount: askBank,
  invalid_cvc: correctDetails,
  invalid_expiry_month: correctDetails,
  invalid_expiry_year: correctDetails,
  invalid_number: correctDetails,
  invalid_pin: correctDetails,
  issuer_not_available: retryLater,
  live_mode_test_card: wrongMode,
  lost_card: stop,
  merchant_blacklist: stop,
  new_account_information_available: otherCard,
  no_action_taken: askBank,
  no_payment_method: otherCard,
  not_permitted: askBank,
  offline_pin_required: correctDetails,
  online_or_offline_pin_required: correctDetails,
  payment_intent_authentication_failure: authenticate,
  pickup_card: stop,
  pin_try_exceeded: otherCard,
  processing_error: retryLater,
  reenter_transaction: retryLater,
  restricted_card: stop,
  revocation_of_all_authorizations: stop,
  revocation_of_authorization: stop,
  security_violation: stop,
  service_not_allowed: askBank,
  stolen_card: stop,
  stop_payment_order: stop,
  test_mode_live_card: wrongMode,
  testmode_decline: wrongMode,
  transaction_not_allowed: askBank,
  try_again_later: retryLater,
  withdrawal_count_limit_exceeded: askBank,
};

/** What the issuer advises, by Stripe's advice code: https://docs.stripe.com/declines/card#retrying-issuer-declines */
const ISSUERS_ADVICE: Readonly<Record<AdviceCode, DeclineAdvice>> = {
  confirm_card_data: correctDetails,
  do_not_try_again: otherCard,
  try_again_later: retryLater,
};

/**
 * The advice on Stripe's decline code, or on its error code if there is no decline code. The issuer's advice about this
 * card is more exact, but it never opens a payment that looks like fraud, or that may already be paid.
 */
export function declineAdvice(code: string | undefined, adviceCode?: string): DeclineAdvice {
  const byCode = isListed(code) ? ADVICE[code] : otherCard;
  const isFixed = byCode.needsPerson || byCode.action === "check-first";
  return isFixed ? byCode : (entryOf(ISSUERS_ADVICE, adviceCode ?? "") ?? byCode);
}

/** Whether the payer gets mails, now and later. */
export function isPayerTold({ action }: DeclineAdvice): boolean {
  return action !== "stop";
}

/** Whether a new attempt makes sense: mails then have a link to pay, and reminders follow. */
export function isWorthAnotherAttempt({ action }: DeclineAdvice): boolean {
  return action !== "stop" && action !== "check-first";
}

function isListed(code: string | undefined): code is DeclineCode {
  return code !== undefined && Object.hasOwn(ADVICE, code);
}
