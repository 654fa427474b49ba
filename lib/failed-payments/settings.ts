/** When payers get mails, and after how many attempts the administrator gets one. Pure. */
import { Problem } from "../errors.ts";

export interface FailedPaymentSettings {
  /** Minutes after a failure until the payer gets a mail about it, if the payment is still open then. */
  readonly failureMailMinutes: number;
  /** Days after the last failure, ascending; empty if payers are not reminded. */
  readonly followUpDays: readonly number[];
  /** The number of failed attempts after which the administrator gets a mail. */
  readonly adminAttempts: number;
}

const DEFAULT_MINUTES = 10;
const MAX_MINUTES = 24 * 60;
const MAX_DAYS = 60;

/**
 * From FAILURE_MAIL_MINUTES (`10`, also by default), FOLLOW_UP_DAYS (`1,3,5`, or `none`) and ADMIN_ATTEMPTS (`3`). Throws INTERNAL_ERROR
 * that names a bad one.
 */
export function readFailedPaymentSettings(
  environment: Readonly<Record<string, unknown>>,
): FailedPaymentSettings {
  return {
    failureMailMinutes: failureMailMinutes(
      String(environment.FAILURE_MAIL_MINUTES ?? DEFAULT_MINUTES).trim(),
    ),
    followUpDays: followUpDays(String(environment.FOLLOW_UP_DAYS ?? "").trim()),
    adminAttempts: adminAttempts(String(environment.ADMIN_ATTEMPTS ?? "").trim()),
  };
}

function failureMailMinutes(text: string): number {
  const minutes = /^\d{1,6}$/.test(text) ? Number(text) : Number.NaN;
  if (minutes <= MAX_MINUTES) return minutes;
  throw new Problem(
    "INTERNAL_ERROR",
    `FAILURE_MAIL_MINUTES must be a whole number from 0 to ${MAX_MINUTES}, such as 10; it is "${text}"`,
  );
}

function followUpDays(text: string): number[] {
  if (text === "none") return [];
  const days = text.split(",").map((day) => (/^\s*\d+\s*$/.test(day) ? Number(day) : Number.NaN));
  const isAscending = days.every((day, i) => day > (days[i - 1] ?? 0) && day <= MAX_DAYS);
  if (isAscending) return days;
  throw new Problem(
    "INTERNAL_ERROR",
    `FOLLOW_UP_DAYS must be ascending whole days from 1 to ${MAX_DAYS}, such as 1,3,5, or none; it is "${text}"`,
  );
}

function adminAttempts(text: string): number {
  const attempts = /^\d{1,6}$/.test(text) ? Number(text) : 0;
  if (attempts >= 1) return attempts;
  throw new Problem(
    "INTERNAL_ERROR",
    `ADMIN_ATTEMPTS must be a whole number from 1, such as 3; it is "${text}"`,
  );
}
