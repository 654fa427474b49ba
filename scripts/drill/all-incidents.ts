/**
 * Every incident of the drill, in the order in which they are played: those that move the clock far come late, and last the one that
 * replaces all functions, which then start cold.
 */
import type { Incident } from "./incident.ts";
import { auditChanged } from "./incidents/audit-changed.ts";
import { driftedRecord } from "./incidents/drifted-record.ts";
import { duplicateSubscription } from "./incidents/duplicate-subscription.ts";
import { lostEvents } from "./incidents/lost-events.ts";
import { mailsRefused } from "./incidents/mails-refused.ts";
import { poisonEvent } from "./incidents/poison-event.ts";
import { policyEdit } from "./incidents/policy-edit.ts";
import { revokedKey } from "./incidents/revoked-key.ts";
import { stripeDown } from "./incidents/stripe-down.ts";
import { stuckRun } from "./incidents/stuck-run.ts";
import { throttledTable } from "./incidents/throttled-table.ts";
import { webhookSecret } from "./incidents/webhook-secret.ts";

export const INCIDENTS: readonly Incident[] = [
  stripeDown,
  revokedKey,
  throttledTable,
  webhookSecret,
  poisonEvent,
  mailsRefused,
  duplicateSubscription,
  auditChanged,
  lostEvents,
  driftedRecord,
  stuckRun,
  policyEdit,
];
