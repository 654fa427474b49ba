/**
 * A payment that has failed, and how it changes. One item per payment:
 *
 *   (none) --failed--> open --failed--> open (its mail and the reminders start again)
 *                       |--refused by a code that says stop--> refused --paid after all--> recovered
 *                       |--paid--> recovered
 *                       |--not at Stripe under our key--> missing --failed again--> open
 *                       \--canceled, void, uncollectible--> canceled  --paid after all--> recovered
 *
 * Only the payer of an open payment gets further mails. The final status does not depend on the order of the events.
 * Pure.
 */

import { declineAdvice, isPayerTold, isWorthAnotherAttempt } from "../declines/decline-advice.ts";
import { present } from "../present.ts";

export const STATUSES = ["open", "recovered", "canceled", "refused", "missing"] as const;
export type FailedPaymentStatus = (typeof STATUSES)[number];

export interface FailedPayment {
  /** `pi_...`, or `in_...` if the payment is for an invoice. */
  readonly paymentId: string;
  readonly status: FailedPaymentStatus;
  /** How many attempts have failed. */
  readonly attempts: number;
  /** Keys of the attempts, the latest recorded last, so that none is counted twice. */
  readonly attemptKeys: readonly string[];
  /** Of the latest failure. */
  readonly lastAttempt: string;
  readonly lastDeclineCode?: string;
  readonly lastAdviceCode?: string;
  /** Unix seconds, by Stripe's clock. */
  readonly lastFailedAt: number;
  /** In the currency's smallest unit. */
  readonly amount: number;
  readonly currency: string;
  readonly customerId?: string;
  /** Number of reminders completed since the latest failure, sent or not. */
  readonly followUps: number;
  /** The mail about the latest failure is still to come; left out once it is completed, sent or not. */
  readonly failureMailDue?: true;
  /** When the next mail is due, in Unix seconds; left out after the last. */
  readonly followUpAt?: number;
  /** The outcome of each mail, by its key. */
  readonly mails: Readonly<Record<string, MailClaim>>;
}

export const MAIL_STATES = [
  "sending",
  "sent",
  "refused",
  "unaddressed",
  "bounced",
  "complained",
  "undeliverable",
] as const;

/** Which run sends a mail, and the outcome: see mail-claims.ts. */
export interface MailClaim {
  readonly state: (typeof MAIL_STATES)[number];
  /** A random mark, by which the owner recognizes its claim, and SES's report about the mail finds it. */
  readonly owner: string;
  /** A keyed digest of the recipient's address: see address-digests.ts. */
  readonly to?: string;
  /** Unix seconds. */
  readonly at: number;
}

/** Statuses that stop the reminders. `missing`: our key belongs to another account than the payment. */
export type End = Exclude<FailedPaymentStatus, "open" | "refused">;

/** One failed attempt to pay. */
export interface FailedAttempt
  extends Pick<FailedPayment, "paymentId" | "amount" | "currency" | "customerId"> {
  /** The same for every event about this attempt. */
  readonly key: string;
  readonly declineCode?: string;
  /** What the card's issuer advises: https://docs.stripe.com/declines/card#retrying-issuer-declines */
  readonly adviceCode?: string;
  /** Unix seconds. */
  readonly failedAt: number;
}

/** Far more attempts than people make: beyond it somebody is testing cards, and only the number is still counted. */
const MAX_ATTEMPT_KEYS = 100;
const SECONDS_PER_MINUTE = 60;
const SECONDS_PER_DAY = 24 * 60 * 60;

/**
 * The payment with this failure added; unchanged if it has that failure already, or has ended. The mail about it is due
 * `failureMailMinutes` later: until then, the payer may still be trying.
 */
export function withAttempt(
  before: FailedPayment | undefined,
  attempt: FailedAttempt,
  failureMailMinutes: number,
): FailedPayment {
  const payment = before ?? unfailed(attempt);
  const hasEnded = payment.status === "recovered" || payment.status === "canceled";
  if (hasEnded || payment.attemptKeys.includes(attempt.key)) return payment;
  const advice = declineAdvice(attempt.declineCode, attempt.adviceCode);
  const counted: FailedPayment = {
    ...payment,
    status: payment.status === "missing" ? "open" : payment.status,
    attempts: payment.attempts + 1,
    attemptKeys: [...payment.attemptKeys, attempt.key].slice(-MAX_ATTEMPT_KEYS),
    ...(isPayerTold(advice) ? {} : { status: "refused" as const }),
  };
  const latest = attempt.failedAt < payment.lastFailedAt ? counted : withLatest(counted, attempt);
  if (latest.status === "refused") return withoutFollowUp(latest);
  if (latest.lastAttempt !== attempt.key) return latest;
  const followUpAt = attempt.failedAt + failureMailMinutes * SECONDS_PER_MINUTE;
  return { ...latest, failureMailDue: true, followUpAt };
}

function unfailed({ paymentId, amount, currency }: FailedAttempt): FailedPayment {
  return {
    ...{ paymentId, status: "open", attempts: 0, attemptKeys: [], lastAttempt: "", lastFailedAt: 0 },
    ...{ amount, currency, followUps: 0, mails: {} },
  };
}

function withLatest(payment: FailedPayment, attempt: FailedAttempt): FailedPayment {
  const { lastDeclineCode: _code, lastAdviceCode: _advice, ...kept } = payment;
  return {
    ...kept,
    lastAttempt: attempt.key,
    ...present({ lastDeclineCode: attempt.declineCode, lastAdviceCode: attempt.adviceCode }),
    lastFailedAt: attempt.failedAt,
    amount: attempt.amount,
    currency: attempt.currency,
    ...present({ customerId: attempt.customerId }),
    followUps: 0,
  };
}

/**
 * The payment at its end: paid, no longer payable, or not ours any more. A paid payment stays paid; a refused or missing one can
 * still be paid.
 */
export function ended(payment: FailedPayment, status: End): FailedPayment {
  const isOpen = payment.status === "open" || payment.status === "missing";
  const changes =
    (isOpen && payment.status !== status) || (status === "recovered" && payment.status !== "recovered");
  return changes ? withoutFollowUp({ ...payment, status }) : payment;
}

/**
 * The payment with the mail about its latest failure completed at `now` (Unix seconds), and the next reminder due, if
 * another attempt makes sense. Unchanged if another run has already completed it.
 */
export function failureMailCompleted(
  payment: FailedPayment,
  now: number,
  days: readonly number[],
): FailedPayment {
  if (payment.status !== "open" || payment.failureMailDue === undefined) return payment;
  const { failureMailDue: _done, ...told } = payment;
  const advice = declineAdvice(payment.lastDeclineCode, payment.lastAdviceCode);
  if (!isWorthAnotherAttempt(advice)) return withoutFollowUp(told);
  return withNextFollowUp({ ...told, followUps: daysOver(told, now, days) }, days);
}

/**
 * The payment with its reminder number `followUp` (from 1) completed, and the next one due after `now` (Unix seconds):
 * reminders missed in between are skipped. Unchanged if another run has already completed this reminder.
 */
export function followedUp(
  payment: FailedPayment,
  followUp: number,
  now: number,
  days: readonly number[],
): FailedPayment {
  const isReminded = payment.failureMailDue === undefined && payment.followUps === followUp - 1;
  if (payment.status !== "open" || !isReminded) return payment;
  const followUps = Math.max(followUp, daysOver(payment, now, days));
  return withNextFollowUp({ ...payment, followUps }, days);
}

function daysOver({ lastFailedAt }: FailedPayment, now: number, days: readonly number[]): number {
  return days.filter((day) => lastFailedAt + day * SECONDS_PER_DAY <= now).length;
}

function withNextFollowUp(payment: FailedPayment, days: readonly number[]): FailedPayment {
  const day = days[payment.followUps];
  if (day === undefined) return withoutFollowUp(payment);
  return { ...payment, followUpAt: payment.lastFailedAt + day * SECONDS_PER_DAY };
}

function withoutFollowUp({
  followUpAt: _none,
  failureMailDue: _neither,
  ...payment
}: FailedPayment): FailedPayment {
  return payment;
}
