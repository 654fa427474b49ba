/** For how long an overdue payment does not end access. */
import { env } from "../env.ts";
import { Problem } from "../errors.ts";

const MOST_DAYS = 365;

/** From ACCESS_GRACE_DAYS. Throws INTERNAL_ERROR, for the log, if that is not a number of days. */
export function graceDays(): number {
  const text = env("ACCESS_GRACE_DAYS").trim();
  const days = /^\d{1,3}$/.test(text) ? Number(text) : Number.NaN;
  if (days <= MOST_DAYS) return days;
  throw new Problem(
    "INTERNAL_ERROR",
    `ACCESS_GRACE_DAYS must be a whole number from 0 to ${MOST_DAYS}, such as 7; it is "${text}"`,
  );
}
