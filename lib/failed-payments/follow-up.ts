/**
 * The mails to payers of failed payments: about the latest failure, FAILURE_MAIL_MINUTES after it, and reminders, on the
 * days of FOLLOW_UP_DAYS after it. Each is sent only if the payment is still open then. Until its deadline, a run handles
 * the payments whose mail is due, the longest overdue first; the next run handles the rest. Concurrent runs are safe: each
 * mail is claimed, and each mail of the schedule is completed once.
 */
import type { CallContext } from "../call-context.ts";
import type { Mails } from "../email/template.ts";
import { asProblem } from "../errors.ts";
import type { ReadStripe } from "../events/resolve-event.ts";
import { stripeReader } from "../events/resolve-event.ts";
import { logCall } from "../log.ts";
import { subjectsAmong } from "../subject-ids.ts";
import { closePayment } from "./close-payment.ts";
import { type End, type FailedPayment, failureMailCompleted, followedUp } from "./failed-payment.ts";
import { changeFailedPayment, failedPayment, paymentsToFollowUp } from "./failed-payment-table.ts";
import { attemptMailsOf, claimOf } from "./mail-claims.ts";
import { type MailResult, mailOnce } from "./mail-once.ts";
import { hasLinkEnded, payerMail, payerMailKey } from "./payer-mail.ts";
import { type DuePayment, paymentNow } from "./payment-now.ts";
import { readFailedPaymentSettings } from "./settings.ts";

export interface FollowUpRun extends CallContext {
  /** When the run itself was due: it handles the mails due by then. */
  readonly dueAt: Date;
}

/** Payments in one page, handled concurrently: far fewer than the requests that Stripe accepts in a second. */
const PAGE_SIZE = 10;
/** The time that one payment can take: Stripe's response and SES's. No page is begun with less left. */
const PAYMENT_MS = 20_000;
/** The longest that a Lambda can run: until then the owner of a claim can still be at work. */
const CLAIM_LEASE_SECONDS = 15 * 60;

/** Somebody who fails more often on one payment is testing cards, and must not flood the payer's mailbox. */
export const MAX_MAILED_ATTEMPTS = 10;

/**
 * The outcome of a mail that was due. `early`: it is no longer due, or another run has just claimed it. `link-ended`: a
 * reminder would have no link. `too-many`: the payer has got enough mails about failures.
 */
type FollowUpResult = MailResult | End | "underway" | "early" | "link-ended" | "too-many";

/** Number of payments by outcome; `failed` ones stay due. */
export type FollowUpCounts = Partial<Record<FollowUpResult | "failed", number>>;

/** One run. A payment that fails, such as when Stripe is unreachable, stays due. Throws if the table cannot be read. */
export async function followUpFailedPayments(run: FollowUpRun, mails: Mails): Promise<FollowUpCounts> {
  const { followUpDays } = readFailedPaymentSettings(process.env);
  const now = Math.floor(run.dueAt.getTime() / 1000);
  const counts: FollowUpCounts = {};
  let next: Awaited<ReturnType<typeof paymentsToFollowUp>>["next"];
  do {
    if (run.deadline - run.now().getTime() < PAYMENT_MS) return counts;
    const page = await paymentsToFollowUp(now, PAGE_SIZE, next);
    const results = await Promise.all(
      page.paymentIds.map((paymentId) => followUpAndTell(paymentId, followUpDays, run, mails)),
    );
    for (const result of results) counts[result] = (counts[result] ?? 0) + 1;
    next = page.next;
  } while (next !== undefined);
  return counts;
}

async function followUpAndTell(
  paymentId: string,
  days: readonly number[],
  run: FollowUpRun,
  mails: Mails,
): Promise<FollowUpResult | "failed"> {
  const line = { event: "failed-payment.follow-up", requestId: run.requestId, ...subjectsAmong(paymentId) };
  const deadline = Math.min(run.deadline, run.now().getTime() + PAYMENT_MS);
  let stripeRequestId: string | undefined;
  const read = stripeReader({
    deadline,
    now: run.now,
    noteVendorRequest: (id) => {
      stripeRequestId = id;
    },
  });
  try {
    const result = await followUp(paymentId, days, { ...run, deadline }, mails, read);
    logCall({ ...line, stripeRequestId, result, outcome: result === "early" ? "ignored" : "succeeded" });
    return result;
  } catch (thrown) {
    logCall({ ...line, stripeRequestId, outcome: "failed" }, asProblem(thrown));
    return "failed";
  }
}

const END_OF = { paid: "recovered", ended: "canceled", missing: "missing" } as const satisfies Record<
  string,
  End
>;

async function followUp(
  paymentId: string,
  days: readonly number[],
  run: FollowUpRun,
  mails: Mails,
  read: ReadStripe,
): Promise<FollowUpResult> {
  const nowSeconds = Math.floor(run.dueAt.getTime() / 1000);
  const payment = await failedPayment(paymentId);
  // The index can lag behind the table.
  if (payment?.followUpAt === undefined || payment.followUpAt > nowSeconds) return "early";
  if (isBeingSent(payment, nowSeconds)) return "early";

  const now = await paymentNow(paymentId, read);
  if (now.state === "paid" || now.state === "ended" || now.state === "missing") {
    const status = END_OF[now.state];
    await closePayment(paymentId, status, run.requestId);
    return status;
  }
  const result = now.state === "underway" ? now.state : await mailPayer(payment, now, run, mails);
  await changeFailedPayment(paymentId, (current) =>
    current?.lastAttempt === payment.lastAttempt ? completed(current, payment, nowSeconds, days) : current,
  );
  return result;
}

async function mailPayer(
  payment: FailedPayment,
  due: DuePayment,
  run: FollowUpRun,
  mails: Mails,
): Promise<FollowUpResult> {
  if (payment.failureMailDue === undefined) {
    if (hasLinkEnded(due, run.dueAt)) return "link-ended";
  } else if (attemptMailsOf(payment) >= MAX_MAILED_ATTEMPTS) return "too-many";
  return mailOnce(payerMail(payment, due), { ...run, writtenAt: run.dueAt, mails });
}

/** `handled` is the payment as it was when its mail was handled. */
function completed(
  current: FailedPayment,
  handled: FailedPayment,
  now: number,
  days: readonly number[],
): FailedPayment {
  return handled.failureMailDue === undefined
    ? followedUp(current, handled.followUps + 1, now, days)
    : failureMailCompleted(current, now, days);
}

/** True while the owner of a claim can still be at work. After that it has died, and the mail is given up. */
function isBeingSent(payment: FailedPayment, now: number): boolean {
  const claim = claimOf(payment, payerMailKey(payment));
  return claim?.state === "sending" && now < claim.at + CLAIM_LEASE_SECONDS;
}
