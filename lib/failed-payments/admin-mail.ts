/**
 * The mails to the administrator about a payment that a person should look at: one about its decline code, one about
 * its number of attempts.
 */

import { declineAdvice } from "../declines/decline-advice.ts";
import { optionalEnv } from "../env.ts";
import { present } from "../present.ts";
import type { FailedAttempt, FailedPayment } from "./failed-payment.ts";
import { adminMail, claimOf } from "./mail-claims.ts";
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
    .map((reason) => ({
      paymentId: payment.paymentId,
      key: adminMail(reason),
      to: optionalEnv("ADMIN_EMAIL"),
      template: "payment-failed-admin",
      data: {
        paymentId: payment.paymentId,
        amount: attempt.amount,
        currency: attempt.currency,
        ...present({ declineCode: attempt.declineCode }),
        attempts: payment.attempts,
        ...present({ customerId: attempt.customerId }),
        reason,
        mode: livemode ? "live" : "test",
      },
    }));
}
