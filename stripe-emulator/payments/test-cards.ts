/** Stripe's test cards and what each one does: one row per card. https://docs.stripe.com/testing */
import { present } from "../present.ts";

/** The refusal of the issuer. Some have a `code` and no `declineCode`. */
export interface Decline {
  code: string;
  declineCode?: string;
  message: string;
  param?: string;
  /** What the issuer advises: https://docs.stripe.com/declines/card#retrying-issuer-declines */
  adviceCode?: AdviceCode;
}

export type AdviceCode = "confirm_card_data" | "do_not_try_again" | "try_again_later";

export type CardBehaviour =
  | { kind: "succeeds" }
  /** Declined when charged. `attaches` says whether it can still be attached to a customer. */
  | { kind: "declines"; decline: Decline; attaches: boolean }
  /** The customer must authenticate, always or until the card was set up for later use. `afterwards` declines it then. */
  | { kind: "authenticates"; when: "always" | "unless_set_up"; afterwards?: Decline }
  | { kind: "disputed" }
  | { kind: "refund_fails" };

export interface TestCard {
  number: string;
  /** The ready-made payment method that stands for this card in API calls. */
  name: string;
  brand: "visa" | "mastercard" | "amex";
  behaviour: CardBehaviour;
}

const succeeds: CardBehaviour = { kind: "succeeds" };

function declines(
  code: string,
  message: string,
  declineCode?: string,
  param?: string,
  adviceCode: AdviceCode = "try_again_later",
): CardBehaviour {
  return {
    kind: "declines",
    decline: { code, message, adviceCode, ...present({ declineCode, param }) },
    attaches: false,
  };
}

const genericDecline: Decline = {
  code: "card_declined",
  declineCode: "generic_decline",
  message: "Your card was declined.",
  adviceCode: "try_again_later",
};

/** The decline of an off-session charge that the customer would have to authenticate. */
export const AUTHENTICATION_REQUIRED: Decline = {
  code: "authentication_required",
  declineCode: "authentication_required",
  message: "Your card was declined. This transaction requires authentication.",
};

/** The decline of a real card number in test mode. */
export const LIVE_CARD_IN_TEST_MODE: Decline = {
  code: "card_declined",
  declineCode: "test_mode_live_card",
  message: "Your card was declined. Your request was in test mode, but used a non test card.",
};

function card(
  number: string,
  name: string,
  behaviour: CardBehaviour,
  brand: TestCard["brand"] = "visa",
): TestCard {
  return { number, name, brand, behaviour };
}

const declined = "Your card was declined.";

export const TEST_CARDS: readonly TestCard[] = [
  card("4242424242424242", "pm_card_visa", succeeds),
  card("4000056655665556", "pm_card_visa_debit", succeeds),
  card("5555555555554444", "pm_card_mastercard", succeeds, "mastercard"),
  card("378282246310005", "pm_card_amex", succeeds, "amex"),
  card(
    "4000000000000002",
    "pm_card_visa_chargeDeclined",
    declines("card_declined", declined, "generic_decline"),
  ),
  card(
    "4000000000009995",
    "pm_card_visa_chargeDeclinedInsufficientFunds",
    declines("card_declined", "Your card has insufficient funds.", "insufficient_funds"),
  ),
  card(
    "4000000000009987",
    "pm_card_visa_chargeDeclinedLostCard",
    declines("card_declined", declined, "lost_card", undefined, "do_not_try_again"),
  ),
  card(
    "4000000000009979",
    "pm_card_visa_chargeDeclinedStolenCard",
    declines("card_declined", declined, "stolen_card", undefined, "do_not_try_again"),
  ),
  card(
    "4000000000000069",
    "pm_card_chargeDeclinedExpiredCard",
    declines("expired_card", "Your card has expired.", undefined, "exp_month", "do_not_try_again"),
  ),
  card(
    "4000000000000127",
    "pm_card_chargeDeclinedIncorrectCvc",
    declines(
      "incorrect_cvc",
      "Your card's security code is incorrect.",
      undefined,
      "cvc",
      "confirm_card_data",
    ),
  ),
  card(
    "4000000000000119",
    "pm_card_chargeDeclinedProcessingError",
    declines("processing_error", "An error occurred while processing your card. Try again in a little bit."),
  ),
  card(
    "4000000000006975",
    "pm_card_visa_chargeDeclinedVelocityLimitExceeded",
    declines("card_declined", declined, "card_velocity_exceeded"),
  ),
  card("4000000000000341", "pm_card_chargeCustomerFail", {
    kind: "declines",
    decline: genericDecline,
    attaches: true,
  }),
  card("4000002500003155", "pm_card_authenticationRequiredOnSetup", {
    kind: "authenticates",
    when: "unless_set_up",
  }),
  card("4000002760003184", "pm_card_authenticationRequired", { kind: "authenticates", when: "always" }),
  card("4000000000003220", "pm_card_threeDSecure2Required", { kind: "authenticates", when: "always" }),
  card("4000008400001629", "pm_card_threeDSecureRequiredChargeDeclined", {
    kind: "authenticates",
    when: "always",
    afterwards: genericDecline,
  }),
  card("4000000000000259", "pm_card_createDispute", { kind: "disputed" }),
  card("4000000000005126", "pm_card_refundFail", { kind: "refund_fails" }),
];

/** Other names that Stripe publishes for some of the cards. */
const ALIASES: Record<string, string> = {
  pm_card_chargeDeclined: "pm_card_visa_chargeDeclined",
  pm_card_chargeDeclinedInsufficientFunds: "pm_card_visa_chargeDeclinedInsufficientFunds",
  pm_card_us: "pm_card_visa",
};

/** Stands for all other numbers: such a card is saved, and declined with `test_mode_live_card` when charged. */
export const UNKNOWN_CARD = "unknown_card";

export function testCardByNumber(number: string): TestCard | undefined {
  return TEST_CARDS.find((candidate) => candidate.number === number);
}

export function testCardByName(name: string): TestCard | undefined {
  const canonical = ALIASES[name] ?? name;
  return TEST_CARDS.find((candidate) => candidate.name === canonical);
}

export function behaviourOf(testCard: string): CardBehaviour {
  return (
    testCardByName(testCard)?.behaviour ?? {
      kind: "declines",
      decline: LIVE_CARD_IN_TEST_MODE,
      attaches: false,
    }
  );
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
