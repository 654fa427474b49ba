/**
 * Queries for CloudWatch Logs Insights: the dashboard shows or links to them, and docs/logs.md has them to copy. A test runs each
 * of them over lines that our code has written. Pure.
 */

export interface LogQuery {
  /** What it shows. */
  readonly title: string;
  /** In the language of CloudWatch Logs Insights. */
  readonly query: string;
}

/** `EXAMPLE` ids in the queries are to be replaced by the reader. */
export const LOG_QUERIES = {
  failures: {
    title: "Which calls and events failed?",
    query: `fields @timestamp, event, capabilityId, code, customerId, paymentId, runId, cause, stripeRequestId
| filter level = "error"
| sort @timestamp desc
| limit 100`,
  },
  failuresByCode: {
    title: "Where do failures come from?",
    query: `filter level = "error"
| stats count(*) as failures, count_distinct(customerId) as customers, max(@timestamp) as last by event, capabilityId, code
| sort failures desc`,
  },
  affected: {
    title: "Which customers are affected?",
    query: `filter level = "error" and ispresent(customerId)
| stats count(*) as failures, min(@timestamp) as first, max(@timestamp) as last by customerId
| sort last desc`,
  },
  customer: {
    title: "What happened to a customer?",
    query: `fields @timestamp, event, eventType, capabilityId, outcome, code, paymentId, subscriptionId, invoiceId, runId
| filter customerId = "cus_EXAMPLE"
| sort @timestamp asc`,
  },
  payment: {
    title: "What happened to a payment?",
    query: `fields @timestamp, event, eventType, capabilityId, outcome, code, declineCode, customerId, runId, stripeRequestId
| filter paymentId = "pi_EXAMPLE"
| sort @timestamp asc`,
  },
  run: {
    title: "What happened in a workflow run?",
    query: `fields @timestamp, event, capabilityId, action, outcome, code, paymentId, cause
| filter runId = "run-EXAMPLE"
| sort @timestamp asc`,
  },
  event: {
    title: "What became of an event?",
    query: `fields @timestamp, event, outcome, receiveCount, lagMs, objectId, status, code, cause
| filter eventId = "evt_EXAMPLE"
| sort @timestamp asc`,
  },
  payments: {
    title: "Payments by state",
    query: `filter event = "webhook.applied" and outcome = "succeeded" and eventType like /^payment_intent\\./
| stats count_distinct(paymentId) as payments by status, bin(1h)`,
  },
  declines: {
    title: "Why are payments declined?",
    query: `filter event = "failed-payment.recorded"
| stats count_distinct(paymentId) as payments by declineCode
| sort payments desc`,
  },
  recovery: {
    title: "What became of failed payments?",
    query: `filter event = "failed-payment.closed"
| stats count(*) as payments, avg(attempts) as attempts by status, bin(1d)`,
  },
  lag: {
    title: "How long do events wait until they are applied?",
    query: `filter event = "webhook.applied" and ispresent(lagMs)
| stats pct(lagMs, 50) as median, pct(lagMs, 99) as slowest, count(*) as events by eventType
| sort slowest desc`,
  },
  waiting: {
    title: "Which events fail again and again?",
    query: `filter event in ["webhook.applied", "queue.message-failed"] and outcome = "failed" and receiveCount > 1
| stats max(receiveCount) as deliveries, max(@timestamp) as last by eventId, eventType, code, customerId
| sort deliveries desc`,
  },
  slow: {
    title: "Which calls are slow?",
    query: `filter ispresent(durationMs) and ispresent(capabilityId)
| stats pct(durationMs, 50) as median, pct(durationMs, 99) as slowest, count(*) as calls by capabilityId
| sort slowest desc`,
  },
  denials: {
    title: "Who is denied, and by which rule?",
    query: `filter outcome = "denied"
| stats count(*) as denials, max(@timestamp) as last by principalId, capabilityId, ruleId
| sort denials desc`,
  },
  signatures: {
    title: "Why does the webhook refuse events?",
    query: `filter event = "webhook.rejected"
| stats count(*) as rejections by reason, bin(5m)`,
  },
  mails: {
    title: "Which mails did not arrive?",
    query: `fields @timestamp, result, reason, template, customerId, paymentId, invoiceId, messageId
| filter event = "mail.undelivered"
| sort @timestamp desc`,
  },
  runs: {
    title: "How do workflow runs end?",
    query: `filter event = "workflow.recorded" and ispresent(status)
| stats count_distinct(runId) as runs by status, bin(1h)`,
  },
  cutOff: {
    title: "Which invocations were cut off?",
    query: `fields @timestamp, @log, @message
| filter @message like /Task timed out|Runtime exited|Runtime.ExitError|Runtime.OutOfMemory/
| sort @timestamp desc`,
  },
} as const satisfies Readonly<Record<string, LogQuery>>;

export type LogQueryName = keyof typeof LOG_QUERIES;

const isLogQueryName = (name: string): name is LogQueryName => Object.hasOwn(LOG_QUERIES, name);

export const LOG_QUERY_NAMES: readonly LogQueryName[] = Object.keys(LOG_QUERIES).filter(isLogQueryName);
