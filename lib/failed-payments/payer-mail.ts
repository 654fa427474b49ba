/** The mails to a payer whose payment has failed: some minutes later, and as a reminder. Pure. */

import { PAY_LINK_TTL_SECONDS } from "../pay-link/pay-token.ts";
import { present } from "../present.ts";
import type { FailedPayment } from "./failed-payment.ts";
import { attemptMail, followUpMail } from "./mail-claims.ts";
import type { MailOnce } from "./mail-once.ts";
import type { DuePayment } from "./payment-now.ts";

/** The key of the payment's next mail to the payer: about its latest failure, or the next reminder of it. */
export function payerMailKey({ failureMailDue, lastAttempt, followUps }: FailedPayment): string {
  return failureMailDue === undefined ? followUpMail(lastAttempt, followUps + 1) : attemptMail(lastAttempt);
}

/** The payment's next mail to the payer. */
export function payerMail(payment: FailedPayment, due: DuePayment): MailOnce {
  const { paymentId, lastDeclineCode, lastAdviceCode, failureMailDue, followUps } = payment;
  const followUp = failureMailDue === undefined ? followUps + 1 : undefined;
  return {
    paymentId,
    key: payerMailKey(payment),
    to: due.email,
    template: "payment-failed",
    languages: due.languages,
    data: {
      amount: due.amount,
      currency: due.currency,
      ...present({ declineCode: lastDeclineCode, adviceCode: lastAdviceCode, followUp }),
      ...due.link,
    },
  };
}

/** Whether the pay page's links to this payment have ended at `now`; an invoice has Stripe's page, which has no end. */
export function hasLinkEnded({ link }: DuePayment, now: Date): boolean {
  return (
    link !== undefined &&
    "createdAt" in link &&
    (link.createdAt + PAY_LINK_TTL_SECONDS) * 1000 <= now.getTime()
  );
}
