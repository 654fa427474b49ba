/** How long before a card expires the application is told. */
import { env } from "../env.ts";
import { Problem } from "../errors.ts";

export const MOST_EXPIRY_DAYS = 365;

/** From CARD_EXPIRY_DAYS. Throws INTERNAL_ERROR, for the log, if that is not a number of days. */
export function expiryDays(): number {
  const text = env("CARD_EXPIRY_DAYS").trim();
  const days = /^\d{1,3}$/.test(text) ? Number(text) : Number.NaN;
  if (days >= 1 && days <= MOST_EXPIRY_DAYS) return days;
  throw new Problem(
    "INTERNAL_ERROR",
    `CARD_EXPIRY_DAYS must be a whole number from 1 to ${MOST_EXPIRY_DAYS}, such as 30; it is "${text}"`,
  );
}
