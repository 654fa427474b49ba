/**
 * The effect of events on failed payments: a failure is recorded, an end closes the open payment. The administrator gets
 * a mail immediately; the payer gets one from the scheduled run (follow-up.ts), if the payment is still open by then.
 */
import type { Mails } from "../email/template.ts";
import type { Effect } from "../events/consume.ts";
import type { ObjectState } from "../events/object-state.ts";
import type { AppliedEvent } from "../events/projection.ts";
import { logCall } from "../log.ts";
import { subjectsAmong } from "../subject-ids.ts";
import { adminMails } from "./admin-mail.ts";
import { closePayment } from "./close-payment.ts";
import { failedAttempt } from "./failed-attempt.ts";
import { type FailedAttempt, type FailedPayment, withAttempt } from "./failed-payment.ts";
import { changeFailedPayment } from "./failed-payment-table.ts";
import { type MailContext, mailOnce } from "./mail-once.ts";
import { type FailedPaymentSettings, readFailedPaymentSettings } from "./settings.ts";

/**
 * For payment intents and invoices. Safe to repeat: an attempt is counted once, and each mail is claimed before it is
 * sent. Throws SERVICE_UNAVAILABLE or RATE_LIMITED, to run again, if a mail was certainly not sent and still can be.
 */
export function followPayments(mails: Mails): Effect {
  return async (applied, context) => {
    const end = endOf(applied.current);
    if (end !== undefined) return closePayment(applied.event.object.id, end, context.requestId);
    const attempt = await failedAttempt(applied, context.read);
    if (attempt === undefined) return;
    const settings = readFailedPaymentSettings(process.env);
    const payment = await record(attempt, settings, context.requestId);
    const { requestId, deadline, now } = context;
    const mailing = { mails, requestId, deadline, now, writtenAt: now() };
    await mailAdmin(payment, attempt, applied, settings, mailing);
  };
}

/** Decided by the recorded state, not by this event, so that a late event opens nothing. */
function endOf({ objectType, status }: ObjectState): "recovered" | "canceled" | undefined {
  if (objectType !== "payment_intent" && objectType !== "invoice") return undefined;
  if (status === "succeeded" || status === "paid") return "recovered";
  const isEnded = ["canceled", "void", "uncollectible", "deleted"].includes(status);
  return isEnded ? "canceled" : undefined;
}

async function record(
  attempt: FailedAttempt,
  { failureMailMinutes }: FailedPaymentSettings,
  requestId: string,
): Promise<FailedPayment> {
  const { paymentId, declineCode = "none" } = attempt;
  const { before, after } = await changeFailedPayment(paymentId, (payment) =>
    withAttempt(payment, attempt, failureMailMinutes),
  );
  const payment = after ?? withAttempt(undefined, attempt, failureMailMinutes);
  if (after !== before) {
    const { status, attempts } = payment;
    logCall(
      {
        event: "failed-payment.recorded",
        requestId,
        ...subjectsAmong(paymentId, payment.customerId),
        declineCode,
        attempts,
        status,
        outcome: "succeeded",
      },
      undefined,
      [
        { dimensions: ["stage", "declineCode"], values: { PaymentFailures: 1 } },
        ...(before === undefined ? [{ dimensions: ["stage"], values: { PaymentsFailed: 1 } }] : []),
      ],
    );
  }
  return payment;
}

async function mailAdmin(
  payment: FailedPayment,
  attempt: FailedAttempt,
  { event }: AppliedEvent,
  { adminAttempts }: FailedPaymentSettings,
  mailing: MailContext,
): Promise<void> {
  if (payment.status === "recovered" || payment.status === "canceled") return;
  for (const mail of adminMails(payment, attempt, { adminAttempts, livemode: event.livemode })) {
    await mailOnce(mail, mailing);
  }
}
