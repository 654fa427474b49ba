import { present } from "../present.ts";

/** The refusal of the issuer. Some have a `code` and no `declineCode`. */
export interface Decline {
  code: string;
  declineCode?: string;
  message: string;
  param?: string;
  /** What the issuer advises: https://docs.stripe.com/declines/card#retrying-issuer-declines */
  adviceCode?: AdviceCode;
  /** Whether Stripe's fraud prevention blocked it, so that the issuer was not asked. */
  isBlocked?: boolean;
}

export type AdviceCode = "confirm_card_data" | "do_not_try_again" | "try_again_later";

const DECLINED = "Your card was declined.";

/** A decline with the code `card_declined`. */
export function cardDeclined(
  declineCode: string,
  {
    message = DECLINED,
    adviceCode = "try_again_later",
    isBlocked,
  }: { message?: string; adviceCode?: AdviceCode; isBlocked?: boolean } = {},
): Decline {
  return { code: "card_declined", declineCode, message, adviceCode, ...present({ isBlocked }) };
}

export const GENERIC_DECLINE = cardDeclined("generic_decline");

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
