/**
 * What follows when SES reports that a mail did not reach its recipient: the mail's claim in the record of the failed payment
 * says so, the administrator gets a mail, once for each payment, and the audit log has an entry. SES reports at least once
 * and in any order; every step is safe to repeat.
 */
import { EffectRecord } from "../audit/effect-record.ts";
import type { Mails } from "../email/template.ts";
import { env } from "../env.ts";
import { asProblem, Problem } from "../errors.ts";
import type { QueueMessage } from "../events/queue-message.ts";
import { undeliveredMail } from "../failed-payments/admin-mail.ts";
import type { FailedPayment } from "../failed-payments/failed-payment.ts";
import { changeFailedPayment } from "../failed-payments/failed-payment-table.ts";
import {
  adminMail,
  claimOf,
  isAdminMail,
  mailOwnedBy,
  type Undelivered,
  withUndelivered,
} from "../failed-payments/mail-claims.ts";
import { mailOnce } from "../failed-payments/mail-once.ts";
import { SES_REPORTS } from "../identity/own-principals.ts";
import { type LogFields, logCall } from "../log.ts";
import type { Metrics } from "../metrics.ts";
import { present } from "../present.ts";
import { isLiveStage } from "../stripe/stripe-keys.ts";
import { subjectsAmong } from "../subject-ids.ts";
import { type MailReport, readMailReport } from "./mail-report.ts";

type UndeliveredReport = MailReport & { readonly result: Undelivered };

/** By stage, and by stage and result. */
const ONE_UNDELIVERED: readonly Metrics[] = [["stage"], ["stage", "result"]].map((dimensions) => ({
  dimensions,
  values: { MailsUndelivered: 1 },
}));

/** The consumer of SES's reports. A message that is none fails, for the dead-letter queue. */
export function mailReportConsumer(mails: Mails): (message: QueueMessage) => Promise<void> {
  return async (message) => {
    const report = readMailReport(message.body);
    if (report === undefined)
      throw new Problem("BAD_REQUEST", `Message ${message.messageId} is not a report of SES about a mail`);
    if (report === "greeting") return ignore(message, { reason: "greeting" });
    if (!isUndelivered(report)) return ignore(message, fieldsOf(report));
    await recordUndelivered(report, message, mails);
  };
}

function isUndelivered(report: MailReport): report is UndeliveredReport {
  return report.result !== "delayed" && report.result !== "none";
}

function ignore({ messageId: requestId, receiveCount }: QueueMessage, fields: Partial<LogFields>): void {
  logCall({ event: "mail.reported", requestId, receiveCount, ...fields, outcome: "ignored" });
}

/** What a log line says of the report: never an address, which SES repeats in several fields. */
function fieldsOf({ result, messageId, eventType, reason, status, facts }: MailReport): Partial<LogFields> {
  const { template, paymentId, runId } = facts;
  return { result, messageId, eventType, reason, status, template, ...subjectsAmong(paymentId, runId) };
}

async function recordUndelivered(
  report: UndeliveredReport,
  message: QueueMessage,
  mails: Mails,
): Promise<void> {
  const record = recordOf(report, message);
  let isBegun = false;
  try {
    const before = await mark(report, "look");
    if (before?.isKnown === true && !before.isAdminToWrite) return record.writeLogLine("duplicate");
    await record.begin();
    isBegun = true;
    const marked = await mark(report, "write");
    record.noteSubjects(subjectsAmong(marked?.payment.customerId));
    if (marked?.isAdminToWrite === true) await tellAdmin(marked.payment, message, mails);
    await record.end("succeeded", {
      ...present({ result: report.result, reason: report.reason, paymentId: report.facts.paymentId }),
      ...present({ customerId: marked?.payment.customerId }),
      isRecorded: marked !== undefined,
    });
    record.writeLogLine("succeeded", {}, undefined, ONE_UNDELIVERED);
  } catch (thrown) {
    const problem = asProblem(thrown);
    if (isBegun) throw await record.refuse(problem);
    record.writeLogLine("failed", {}, problem);
    throw problem;
  }
}

function recordOf(report: UndeliveredReport, message: QueueMessage): EffectRecord {
  const { messageId: requestId, deadline, now, receiveCount } = message;
  const { paymentId, runId } = report.facts;
  const record = new EffectRecord({
    eventType: "mail.undelivered",
    resource: { type: "mail", id: report.messageId },
    action: "record",
    principal: SES_REPORTS,
    ...{ requestId, deadline, now },
    objects: [report.messageId, paymentId, runId].filter((id) => id !== undefined),
    logFields: { event: "mail.undelivered", receiveCount, ...fieldsOf(report) },
  });
  record.noteInputs({ eventType: report.eventType, receiveCount });
  return record;
}

interface Marked {
  readonly payment: FailedPayment;
  /** Whether the claim said so before. */
  readonly isKnown: boolean;
  readonly isAdminToWrite: boolean;
}

/**
 * Marks the mail's claim, or only looks at it. Undefined if no failed payment has this mail: it is about something else, or its
 * record has expired.
 */
async function mark(
  { facts, result }: UndeliveredReport,
  mode: "look" | "write",
): Promise<Marked | undefined> {
  const { paymentId, owner } = facts;
  if (paymentId === undefined || owner === undefined) return undefined;
  const marking = (payment: FailedPayment | undefined) => payment && withUndelivered(payment, owner, result);
  const { before, after } = await changeFailedPayment(paymentId, (payment) =>
    mode === "write" ? marking(payment) : payment,
  );
  const key = before && mailOwnedBy(before, owner);
  if (before === undefined || after === undefined || key === undefined) return undefined;
  return {
    payment: after,
    isKnown: marking(before) === before,
    isAdminToWrite: !isAdminMail(key) && isAdminToKnow(after),
  };
}

/** Once a payment has ended, nobody has to reach its payer. */
function isAdminToKnow(payment: FailedPayment): boolean {
  const isOver = payment.status === "recovered" || payment.status === "canceled";
  return !isOver && claimOf(payment, adminMail("undelivered")) === undefined;
}

async function tellAdmin(
  payment: FailedPayment,
  { messageId: requestId, deadline, now }: QueueMessage,
  mails: Mails,
): Promise<void> {
  const livemode = isLiveStage(env("STAGE"));
  await mailOnce(undeliveredMail(payment, livemode), {
    mails,
    requestId,
    deadline,
    now,
    writtenAt: now(),
  });
}
