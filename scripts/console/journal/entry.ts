/** What the time line shows: one thing that happened, wherever it was recorded. */

export const ENTRY_KINDS = [
  "call",
  "step",
  "stripe",
  "event",
  "notification",
  "mail",
  "run",
  "approval",
  "schedule",
  "alarm",
  "action",
] as const;
export type EntryKind = (typeof ENTRY_KINDS)[number];

/**
 * `refused` is the caller's matter (below 500), `failed` is ours. `waiting` has not ended. `ignored` needed nothing: another copy
 * of an event, or an event that is not for us.
 */
export const OUTCOMES = ["succeeded", "replayed", "ignored", "waiting", "refused", "failed"] as const;
export type Outcome = (typeof OUTCOMES)[number];

export interface EntryDecision {
  readonly decision: string;
  readonly ruleId: string;
}

export interface Entry {
  /** The same whenever the thing is read again, so that it is shown once. */
  readonly id: string;
  /** Unix milliseconds. */
  readonly at: number;
  readonly kind: EntryKind;
  readonly outcome: Outcome;
  /** What happened: the capability's id, the event's type, the request at Stripe. */
  readonly title: string;
  /** Why it was refused or failed, or what came of it. No personal data. */
  readonly detail?: string;
  /** The name of the code table, such as FORBIDDEN. */
  readonly code?: string;
  /** The alarm that it raises, whatever its kind: docs/logs.md lists them. */
  readonly alarm?: string;
  /** Whether it is a schedule that looked and found nothing to do. */
  readonly routine?: boolean;
  readonly principal?: string;
  readonly decision?: EntryDecision;
  /** Everything by which people look for it: payments, customers, runs, events, requests. */
  readonly ids: readonly string[];
  /** In the smallest unit of the currency. */
  readonly amount?: number;
  readonly currency?: string;
  readonly durationMs?: number;
  /** The function that wrote it. */
  readonly functionName?: string;
  /** The name of the log line's event, such as `webhook.rejected`. */
  readonly event?: string;
  /** How much the line reports: events that were missing, records that differ. */
  readonly count?: number;
}
