/** What each kind of log line is about, in words. A test compares the names with those that the functions write. Pure. */
import { type Fields, textOf } from "../../../lib/untrusted.ts";
import type { EntryKind, Outcome } from "./entry.ts";

export interface LineShape {
  readonly kind: EntryKind;
  /** A sentence's beginning, for the line's subject; a text is the title as it is. */
  readonly title: string | ((line: Fields) => string);
  /** For lines whose field `outcome` does not say it. */
  readonly outcome?: (line: Fields) => Outcome | undefined;
  /** Raised by every line of this name: the alarm's section in docs/operations.md. */
  readonly alarm?: string;
  /** The counts of a scheduled run that are worth a look if they are above 0. */
  readonly counts?: readonly string[];
}

const capability = (line: Fields) => textOf(line.capabilityId) ?? textOf(line.event) ?? "";
const named = (verb: string) => (line: Fields) => `${capability(line)} ${verb}`;
const event = (verb: string) => (line: Fields) => `${textOf(line.eventType) ?? "Event"} ${verb}`;
const about =
  (what: string, ...fields: string[]) =>
  (line: Fields) =>
    [what, ...fields.flatMap((field) => textOf(line[field]) ?? [])].join(" ");

/** Of `workflow.recorded`: what Step Functions says has become of the run. */
const RUN_OUTCOMES: Readonly<Record<string, Outcome>> = {
  running: "waiting",
  completed: "succeeded",
  failed: "failed",
  cancelled: "refused",
};

const calls: Readonly<Record<string, LineShape>> = {
  "capability.invoked": { kind: "call", title: capability },
  "audit.read": { kind: "call", title: "Audit log read" },
  "operator.acted": { kind: "action", title: "An operator acted" },
  "pay-page.opened": { kind: "call", title: "Pay page opened" },
  "http.refused": { kind: "call", title: about("Request refused", "routeKey") },
  "http.distrusted": { kind: "call", title: about("Call with an identity that is not ours", "routeKey") },
  "identity.refused": { kind: "call", title: "Caller not identified" },
  "identity.provider-unreachable": { kind: "call", title: "Identity provider does not respond" },
  "identity.use-not-noted": { kind: "call", title: "Last use of a key not noted" },
  "idempotency.unsettled": { kind: "call", title: "Outcome of a call not stored" },
  "admission.unsettled": { kind: "call", title: "Reserved amount not settled" },
  "refund.unsettled": { kind: "call", title: "Refund not settled" },
  "customers.search-refused": { kind: "call", title: "Search for customers refused" },
  "invoice.draft-left": { kind: "call", title: "Draft of an invoice left behind" },
  "secrets.not-read-again": { kind: "call", title: "Secrets not read again" },
  "usage.sent": { kind: "stripe", title: "Usage sent to Stripe" },
  "usage.refused": { kind: "stripe", title: "Usage refused by Stripe" },
  "audit.unfinished": { kind: "call", title: "Audit entry not completed" },
  "audit.head-not-written": { kind: "call", title: "Head of the audit chain not written" },
  "audit.entry-not-readable": { kind: "call", title: "Audit entry not readable" },
  "audit.entry-not-verified": { kind: "alarm", title: "Audit entry changed", alarm: "AuditChangedAlarm" },
  "audit.archive-not-verified": {
    kind: "alarm",
    title: about("Audit archive changed:", "day"),
    alarm: "AuditChangedAlarm",
  },
  "quote.mismatch": { kind: "alarm", title: "Change of a subscription differs from its quote" },
  "duplicate.not-refunded": { kind: "alarm", title: "Duplicate subscription not refunded" },
  "approval.approved": { kind: "approval", title: "Call approved" },
  "approval.rejected": { kind: "approval", title: "Call rejected" },
  "approval.read": { kind: "approval", title: "Approvals read" },
};

const events: Readonly<Record<string, LineShape>> = {
  "webhook.received": { kind: "event", title: event("received") },
  "webhook.rejected": {
    kind: "event",
    title: "Event refused by the webhook",
    alarm: "WebhookRejectionsAlarm",
  },
  "webhook.applied": { kind: "event", title: event("applied") },
  "queue.message-failed": { kind: "event", title: event("not applied") },
  "queue.message-distrusted": { kind: "event", title: about("Message that is not ours in", "queue") },
  "queue.message-set-aside": {
    kind: "alarm",
    title: "Message given up: it is in the dead-letter queue",
    alarm: "EventsDeadLetterAlarm",
    outcome: () => "failed",
  },
  "queue.redelivery-failed": { kind: "event", title: "Message not put back for a later try" },
};

const runs: Readonly<Record<string, LineShape>> = {
  "workflow.started": { kind: "run", title: named("started") },
  "workflow.read": { kind: "run", title: "Runs read" },
  "workflow.cancelled": { kind: "run", title: named("canceled") },
  "workflow.retried": { kind: "run", title: named("retried") },
  "workflow.recorded": {
    kind: "run",
    title: (line) => (line.status === "running" ? "Run under way" : about("Run", "status")(line)),
    outcome: ({ status }) => RUN_OUTCOMES[textOf(status) ?? ""],
  },
  "workflow.unlisted": { kind: "run", title: "Run started, and not listed yet" },
  "task.refused": { kind: "step", title: named("refused") },
  "wait.begun": {
    kind: "step",
    title: "Waits for an event",
    outcome: ({ result }) => (result === "waiting" ? "waiting" : undefined),
  },
  "wait.ended": { kind: "step", title: "Waited for an event" },
  "wait.unreadable": { kind: "step", title: "Waiting step not readable", outcome: () => "failed" },
};

const messages: Readonly<Record<string, LineShape>> = {
  "notification.fanned-out": { kind: "notification", title: about("Notification published:", "type") },
  "notification.delivery": { kind: "notification", title: about("Delivery to an endpoint:", "type") },
  "endpoint.disabled": { kind: "notification", title: "Endpoint disabled" },
  "automatic-mail": { kind: "mail", title: about("Mail", "template") },
  "failed-payment.mail": { kind: "mail", title: about("Mail about a failed payment:", "kind") },
  "mail.reported": { kind: "mail", title: about("SES reports", "result", "template") },
  "mail.undelivered": {
    kind: "mail",
    title: about("Mail not delivered:", "template"),
    outcome: () => "failed",
  },
};

const schedules: Readonly<Record<string, LineShape>> = {
  "reconciler.ran": {
    kind: "schedule",
    title: "Events compared with Stripe's",
    counts: ["undelivered", "missing", "enqueued"],
  },
  "drift.checked": {
    kind: "schedule",
    title: "Records compared with Stripe's",
    counts: ["suspected", "drifted"],
  },
  "drift.found": {
    kind: "alarm",
    title: about("Record differs from Stripe's:", "fields"),
    alarm: "DriftFoundAlarm",
  },
  "endpoints.checked": { kind: "schedule", title: "Endpoints checked", counts: ["released", "told"] },
  "expiring-cards.reported": {
    kind: "schedule",
    title: "Expiring cards looked for",
    counts: ["reported", "failed"],
  },
  "expiring-card.reported": { kind: "schedule", title: "Card expires soon" },
  "failed-payments.followed-up": {
    kind: "schedule",
    title: "Failed payments followed up",
    counts: [
      "sent",
      "refused",
      "unaddressed",
      "unknown",
      "recovered",
      "canceled",
      "missing",
      "too-many",
      "failed",
    ],
  },
  "failed-payment.recorded": { kind: "schedule", title: "Failed payment recorded" },
  "failed-payment.closed": { kind: "schedule", title: about("Failed payment closed:", "status") },
  "failed-payment.follow-up": { kind: "schedule", title: "Failed payment followed up" },
  "audit.archived": { kind: "schedule", title: "Audit log archived", counts: ["days", "items", "waiting"] },
  "audit.expiry-stopped": { kind: "alarm", title: "Expiry of the audit log stopped" },
};

/** By the field `event` of the line. */
export const LINE_SHAPES: Readonly<Record<string, LineShape>> = {
  ...calls,
  ...events,
  ...runs,
  ...messages,
  ...schedules,
};
