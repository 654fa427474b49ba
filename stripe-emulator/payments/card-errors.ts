import { StripeApiError } from "../protocol/errors.ts";

/** A 402 about a card that was typed in, before any bank is asked. */
export function cardError(code: string, message: string, param: string): StripeApiError {
  return new StripeApiError(402, { type: "card_error", code, message, param });
}

/** A 402 for a number whose check digit is wrong. */
export function incorrectNumber(): StripeApiError {
  return cardError("incorrect_number", "Your card number is incorrect.", "number");
}
