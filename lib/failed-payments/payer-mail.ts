/** The mails to a payer whose payment has failed: immediately, and as a reminder. */
import { present } from "../present.ts";
import type { FailedPayment } from "./failed-payment.ts";
import { attemptMail, followUpMail } from "./mail-claims.ts";
import type { MailOnce } from "./mail-once.ts";
import type { DuePayment } from "./payment-now.ts";

/** About the payment's latest failure; `followUp` (from 1) makes it a reminder. */
export function payerMail(payment: FailedPayment, due: DuePayment, followUp?: number): MailOnce {
  const { paymentId, lastAttempt, lastDeclineCode } = payment;
  return {
    paymentId,
    key: followUp === undefined ? attemptMail(lastAttempt) : followUpMail(lastAttempt, followUp),
    to: due.email,
    template: "payment-failed",
    data: {
      amount: due.amount,
      currency: due.currency,
      ...present({ declineCode: lastDeclineCode, followUp }),
      ...due.link,
    },
  };
}
