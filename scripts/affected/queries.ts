/** The queries of `npm run affected`, in the language of CloudWatch Logs Insights. Pure. */
import { SUBJECT_FIELDS } from "../../lib/subject-ids.ts";

/** What failed, and what it was about. A line without a code has the name of its event. */
const KEYS = [...SUBJECT_FIELDS, "eventId", "event", "capabilityId", "code", "alarm"];

/** Failures with these codes, or if there are none, everything that this service or a vendor has failed at. */
export function failuresQuery(codes: readonly string[]): string {
  return `filter ${codes.length === 0 ? 'level = "error"' : `code in ${list(codes)}`}
| stats count(*) as failures, min(@timestamp) as first, max(@timestamp) as last by ${KEYS.join(", ")}
| sort last desc
| limit 10000`;
}

/** What Lambda writes about an invocation that ended before our code could write a line; a regular expression. */
export const CUT_OFF_PATTERN = "Task timed out|Runtime exited|Runtime.ExitError|Runtime.OutOfMemory";

/** Such invocations, by function. */
export const CUT_OFF_QUERY = `filter @message like /${CUT_OFF_PATTERN}/
| stats count(*) as failures by @log
| limit 10000`;

/** Fields by which a line without a customer leads to lines that have one. */
export const LINKS = ["runId", "paymentId", "subscriptionId", "invoiceId", "eventId"] as const;
export type Link = (typeof LINKS)[number];

/** The customers of these runs, payments, subscriptions or invoices. */
export function customersQuery(link: Link, ids: readonly string[]): string {
  return `filter ispresent(customerId) and ${link} in ${list(ids)}
| stats count(*) as lines by customerId, ${link}
| limit 10000`;
}

/** Which of these events were applied, and when. */
export function appliedQuery(eventIds: readonly string[]): string {
  return `filter event = "webhook.applied" and outcome in ["succeeded", "stale", "ignored"] and eventId in ${list(eventIds)}
| stats max(@timestamp) as last by eventId
| limit 10000`;
}

/** Which of these runs have completed, and when. */
export function completedQuery(runIds: readonly string[]): string {
  return `filter event = "workflow.recorded" and status = "completed" and runId in ${list(runIds)}
| stats max(@timestamp) as last by runId
| limit 10000`;
}

/** Ids and codes are words, so they need no escape. */
const list = (texts: readonly string[]) => `[${texts.map((text) => `"${text}"`).join(", ")}]`;
