/** Sends a mail about a failed payment at most once: the claim is written before SES is called. */
import { randomUUID } from "node:crypto";
import type { CallContext } from "../call-context.ts";
import { mailTags } from "../email/mail-tags.ts";
import { renderMail } from "../email/render-mail.ts";
import { assertTimeToSend, sendClaimed } from "../email/send-claimed.ts";
import type { Mails } from "../email/template.ts";
import type { Problem } from "../errors.ts";
import { describeCause, logCall, type Outcome } from "../log.ts";
import { present } from "../present.ts";
import { subjectsAmong } from "../subject-ids.ts";
import { addressDigests } from "./address-digests.ts";
import type { MailClaim } from "./failed-payment.ts";
import { changeFailedPayment } from "./failed-payment-table.ts";
import { withClaim, withOutcome } from "./mail-claims.ts";

export interface MailOnce {
  readonly paymentId: string;
  /** The mail's key: see mail-claims.ts. */
  readonly key: string;
  /** Undefined if no address is known: that is recorded, once. */
  readonly to: string | undefined;
  readonly template: "payment-failed" | "payment-failed-admin";
  readonly data: Readonly<Record<string, unknown>>;
  /** That its reader prefers; by default BUSINESS_LANGUAGE. */
  readonly languages?: readonly string[];
}

/** What sending needs in addition to the mail. */
export interface MailContext extends CallContext {
  readonly mails: Mails;
  /** The date of the mail and of its claim. */
  readonly writtenAt: Date;
}

/**
 * `claimed`: by another owner, or no longer to be sent. `undeliverable`: an earlier mail about the payment did not reach the
 * address. `unknown`: SES may have sent it; it is never tried again.
 */
export type MailResult = "sent" | "refused" | "unaddressed" | "undeliverable" | "claimed" | "unknown";

const OUTCOMES: Readonly<Record<MailResult, Outcome>> = {
  sent: "succeeded",
  refused: "failed",
  unaddressed: "ignored",
  undeliverable: "ignored",
  claimed: "duplicate",
  unknown: "failed",
};

/**
 * Throws SERVICE_UNAVAILABLE or RATE_LIMITED if the mail was certainly not sent and must be tried again. After any
 * other outcome, it is never tried again.
 */
export async function mailOnce(mail: MailOnce, context: MailContext): Promise<MailResult> {
  const { paymentId, key } = mail;
  assertTimeToSend(context);
  const { result, problem, messageId } = await send(mail, context);
  const [kind] = key.split(":");
  const { requestId } = context;
  const reason = result === "refused" ? describeCause(problem?.cause) : undefined;
  logCall(
    {
      ...{
        event: "failed-payment.mail",
        requestId,
        ...subjectsAmong(paymentId),
        kind,
        result,
        reason,
        messageId,
      },
      outcome: OUTCOMES[result],
    },
    problem,
  );
  return result;
}

async function send(
  { paymentId, key, to, template, data, languages = [] }: MailOnce,
  { mails, writtenAt }: MailContext,
): Promise<{ readonly result: MailResult; readonly problem?: Problem; readonly messageId?: string }> {
  const message =
    to === undefined ? undefined : await renderMail(mails, { to, template, data, languages }, writtenAt);
  const owner = randomUUID();
  const state = message === undefined ? "unaddressed" : "sending";
  const digests = to === undefined ? [] : await addressDigests(paymentId, to);
  const at = Math.floor(writtenAt.getTime() / 1000);
  const claimed = await claim(paymentId, key, { state, owner, ...present({ to: digests[0] }), at }, digests);
  if (claimed === undefined) return { result: "claimed" };
  if (message === undefined) return { result: "unaddressed" };
  if (claimed.state === "undeliverable") return { result: "undeliverable" };

  // The mark leads from SES's report to the claim, which is written before there can be a report.
  const marked = { ...message, tags: mailTags({ template, paymentId, owner }) };
  return sendClaimed(marked, (outcome) =>
    changeFailedPayment(paymentId, (payment) => payment && withOutcome(payment, key, owner, outcome)),
  );
}

/** The claim as it is recorded; undefined if it is not this owner's. */
async function claim(
  paymentId: string,
  key: string,
  wanted: MailClaim,
  digests: readonly string[],
): Promise<MailClaim | undefined> {
  const { after } = await changeFailedPayment(paymentId, (payment) =>
    withClaim(payment, key, wanted, digests),
  );
  const claimed = after?.mails[key];
  return claimed?.owner === wanted.owner ? claimed : undefined;
}
