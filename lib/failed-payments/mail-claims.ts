/**
 * Claims on the mails about a failed payment, so that each is sent at most once.
 *
 *   (none) --claim--> sending(owner) --sent--> sent
 *     ^                  |   |  \--SES refused it--> refused
 *     \-surely not sent--/   \--owner died--> sending permanently: perhaps sent, never sent again
 *   (none) --no address--> unaddressed
 *
 * SES has no idempotency keys. If the owner of a claim died, the mail may have been sent. The claim is not taken over,
 * because two mails about one failure are worse than none, and the next reminder makes up for it. See
 * docs/decisions/0012-at-most-one-mail.md. Pure.
 */
import { entryOf } from "../untrusted.ts";
import type { FailedPayment, MailClaim } from "./failed-payment.ts";

const ATTEMPT = "attempt:";
/** To the payer, about an attempt. */
export const attemptMail = (attemptKey: string) => `${ATTEMPT}${attemptKey}`;
/** To the payer, a later reminder of the same attempt. `followUp` counts from 1. */
export const followUpMail = (attemptKey: string, followUp: number) => `follow-up:${attemptKey}:${followUp}`;
/** To the administrator, once for each reason and payment. */
export const adminMail = (reason: "attempts" | "code") => `admin:${reason}`;

/**
 * The payment with the mail claimed by `claim.owner`; undefined if another owner has claimed it, or it must not be
 * sent.
 */
export function withClaim(
  payment: FailedPayment | undefined,
  key: string,
  claim: MailClaim,
): FailedPayment | undefined {
  if (payment === undefined || !isWanted(payment, key)) return undefined;
  const existing = claimOf(payment, key);
  if (existing !== undefined) return existing.owner === claim.owner ? payment : undefined;
  return { ...payment, mails: { ...payment.mails, [key]: claim } };
}

/** The payer gets mails only while the payment is open, and only about its latest failure. */
function isWanted({ status, lastAttempt }: FailedPayment, key: string): boolean {
  if (key.startsWith("admin:")) return true;
  const isAboutLatest = key === attemptMail(lastAttempt) || key.startsWith(`follow-up:${lastAttempt}:`);
  return status === "open" && isAboutLatest;
}

/** The payment with the owner's claim moved to another state, or, without a state, removed. */
export function withOutcome(
  payment: FailedPayment,
  key: string,
  owner: string,
  state: "sent" | "refused" | undefined,
): FailedPayment {
  const { [key]: claim, ...others } = payment.mails;
  if (claim?.owner !== owner) return payment;
  return { ...payment, mails: state === undefined ? others : { ...others, [key]: { ...claim, state } } };
}

/** How many mails about attempts the payer has got, or may have got. */
export function attemptMailsOf({ mails }: FailedPayment): number {
  return Object.keys(mails).filter((key) => key.startsWith(ATTEMPT)).length;
}

export function claimOf(payment: FailedPayment, key: string): MailClaim | undefined {
  return entryOf(payment.mails, key);
}
