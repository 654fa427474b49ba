/**
 * The mails to the administrator about a payment that a person should look at: one about its decline code, one about
 * its number of attempts, and one if a mail did not reach the payer.
 */

import { declineAdvice } from "../declines/decline-advice.ts";
import { optionalEnv } from "../env.ts";
import { present } from "../present.ts";
import type { FailedAttempt, FailedPayment } from "./failed-payment.ts";
import { type AdminReason, adminMail, claimOf } from "./mail-claims.ts";
import type { MailOnce } from "./mail-once.ts";

/**
 * The mails that are due after `attempt` and not sent yet. They contain ids, amounts and codes, but no personal data.
 */
export function adminMails(
  payment: FailedPayment,
  attempt: FailedAttempt,
  { adminAttempts, livemode }: { readonly adminAttempts: number; readonly livemode: boolean },
): MailOnce[] {
  const needsPerson = declineAdvice(attempt.declineCode, attempt.adviceCode).needsPerson;
  const reasons = [
    ...(needsPerson ? (["code"] as const) : []),
    ...(payment.attempts >= adminAttempts ? (["attempts"] as const) : []),
  ];
  return reasons
    .filter((reason) => claimOf(payment, adminMail(reason)) === undefined)
    .map((reason) => mailAbout(payment, attempt, reason, livemode));
}

/** The mail about a payer whom a mail did not reach. It does not contain the address, which is nowhere stored. */
export function undeliveredMail(payment: FailedPayment, livemode: boolean): MailOnce {
  return mailAbout(
    payment,
    { ...payment, ...present({ declineCode: payment.lastDeclineCode }) },
    "undelivered",
    livemode,
  );
}

function mailAbout(
  { paymentId, attempts }: FailedPayment,
  about: Pick<FailedAttempt, "amount" | "currency" | "declineCode" | "customerId">,
  reason: AdminReason,
  livemode: boolean,
): MailOnce {
  return {
    paymentId,
    key: adminMail(reason),
    to: optionalEnv("ADMIN_EMAIL"),
    template: "payment-failed-admin",
    data: {
      paymentId,
      amount: about.amount,
      currency: about.currency,
      ...present({ declineCode: about.declineCode }),
      attempts,
      ...present({ customerId: about.customerId }),
      reason,
      mode: livemode ? "live" : "test",
    },
  };
}
