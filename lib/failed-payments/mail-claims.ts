/**
 * Claims on the mails about a failed payment, so that each is sent at most once.
 *
 *   (none) --claim--> sending(owner) --sent--> sent
 *     ^                  |   |  \--SES refused it--> refused
 *     \-surely not sent--/   \--owner died--> sending permanently: perhaps sent, never sent again
 *   (none) --no address--> unaddressed
 *   (none) --an earlier mail did not reach the address--> undeliverable
 *
 *   sending, sent --bounced permanently--> bounced --reported as spam--> complained
 *   sending, sent --reported as spam--> complained
 *   sending, sent --SES found malware in it--> refused
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
const ADMIN = "admin:";
export type AdminReason = "attempts" | "code" | "undelivered";
/** To the administrator, once for each reason and payment. */
export const adminMail = (reason: AdminReason) => `${ADMIN}${reason}`;
export const isAdminMail = (key: string) => key.startsWith(ADMIN);

/**
 * The payment with the mail claimed by `claim.owner`; undefined if another owner has claimed it, or it must not be
 * sent. `digests` are those of the recipient's address: if a mail about this payment did not reach it, the claim is
 * `undeliverable`.
 */
export function withClaim(
  payment: FailedPayment | undefined,
  key: string,
  wanted: MailClaim,
  digests: readonly string[] = [],
): FailedPayment | undefined {
  if (payment === undefined || !isWanted(payment, key)) return undefined;
  const existing = claimOf(payment, key);
  if (existing !== undefined) return existing.owner === wanted.owner ? payment : undefined;
  const claim = isUndeliverable(payment, digests) ? { ...wanted, state: "undeliverable" as const } : wanted;
  return { ...payment, mails: { ...payment.mails, [key]: claim } };
}

function isUndeliverable({ mails }: FailedPayment, digests: readonly string[]): boolean {
  return Object.values(mails).some(
    ({ state, to }) =>
      (state === "bounced" || state === "complained") && to !== undefined && digests.includes(to),
  );
}

/** The payer gets mails only while the payment is open, and only about its latest failure. */
function isWanted({ status, lastAttempt }: FailedPayment, key: string): boolean {
  if (isAdminMail(key)) return true;
  const isAboutLatest = key === attemptMail(lastAttempt) || key.startsWith(`follow-up:${lastAttempt}:`);
  return status === "open" && isAboutLatest;
}

/**
 * The payment with the owner's claim moved to another state, or, without a state, removed. Unchanged if SES's report about
 * the mail was faster than its owner.
 */
export function withOutcome(
  payment: FailedPayment,
  key: string,
  owner: string,
  state: "sent" | "refused" | undefined,
): FailedPayment {
  const { [key]: claim, ...others } = payment.mails;
  if (claim?.owner !== owner || claim.state !== "sending") return payment;
  return { ...payment, mails: state === undefined ? others : { ...others, [key]: { ...claim, state } } };
}

/** How a mail ended that SES had accepted. */
export type Undelivered = "bounced" | "complained" | "refused";

/** A later one of these replaces an earlier one, so that the order of SES's reports does not matter. */
const RANKS: Readonly<Partial<Record<MailClaim["state"], number>>> = {
  sending: 0,
  sent: 0,
  refused: 1,
  bounced: 2,
  complained: 3,
};

/** The key of the mail with this owner; undefined if the payment has none. */
export function mailOwnedBy({ mails }: FailedPayment, owner: string): string | undefined {
  return Object.entries(mails).find(([, claim]) => claim.owner === owner)?.[0];
}

/** The payment with what SES reports about the owner's mail; unchanged if it is known, or no mail has this owner. */
export function withUndelivered(payment: FailedPayment, owner: string, state: Undelivered): FailedPayment {
  const key = mailOwnedBy(payment, owner);
  const claim = key === undefined ? undefined : claimOf(payment, key);
  if (key === undefined || claim === undefined) return payment;
  const known = RANKS[claim.state] ?? Number.POSITIVE_INFINITY;
  if (known >= (RANKS[state] ?? 0)) return payment;
  return { ...payment, mails: { ...payment.mails, [key]: { ...claim, state } } };
}

/** How many mails about attempts the payer has got, or may have got. */
export function attemptMailsOf({ mails }: FailedPayment): number {
  return Object.keys(mails).filter((key) => key.startsWith(ATTEMPT)).length;
}

export function claimOf(payment: FailedPayment, key: string): MailClaim | undefined {
  return entryOf(payment.mails, key);
}
