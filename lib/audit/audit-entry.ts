/** An entry of the audit log, in the specification's form. */
import type { ProblemCode } from "../errors.ts";
import type { Effect } from "../policy/policy.ts";

export const AUDIT_EVENT_TYPES = [
  "capability.invoked",
  "workflow.started",
  "workflow.read",
  "workflow.cancelled",
  "workflow.retried",
  "webhook.received",
  "approval.approved",
  "approval.rejected",
  "approval.read",
  "audit.read",
  "mail.undelivered",
  "operator.acted",
] as const;
export type AuditEventType = (typeof AUDIT_EVENT_TYPES)[number];

/**
 * How an attempt ended. `pending` until then; one that is still pending after its deadline was cut off, and reads as
 * `interrupted`: only the vendor knows whether it had an effect.
 */
export type AuditResult = (typeof AUDIT_RESULTS)[number];
export const AUDIT_RESULTS = ["succeeded", "replayed", "denied", "failed", "pending", "interrupted"] as const;

export interface AuditActor {
  readonly id: string;
  readonly roles: readonly string[];
  /** Of the HTTP request; left out if there was none. */
  readonly ipAddress?: string;
}

export const AUDIT_RESOURCE_TYPES = [
  "capability",
  "workflow",
  "approval",
  "stripe-event",
  "audit",
  "mail",
  "console",
] as const;
export type AuditResourceType = (typeof AUDIT_RESOURCE_TYPES)[number];

export interface AuditResource {
  readonly type: AuditResourceType;
  readonly id: string;
  readonly version?: string;
}

/** The facts known when an attempt begins. */
export interface AuditBeginning {
  readonly eventType: AuditEventType;
  readonly actor: AuditActor;
  readonly resource: AuditResource;
  /** `invoke`, `step`, `start`, `read`, `cancel`, `retry`, `approve`, `reject`, `apply` for an event, `record` for a report about a mail, or `act` for an action in the console. */
  readonly action: string;
  readonly requestId: string;
  /** UTC. */
  readonly startedAt: Date;
  /** Unix milliseconds by which the attempt has ended or was cut off. */
  readonly deadline: number;
  /** Already redacted: see lib/audit/redact.ts. */
  readonly inputs?: unknown;
  /** Ids of things that the attempt is about, in addition to those in inputs and outputs: a run's, an event's. */
  readonly objects?: readonly string[];
}

export interface AuditDecision {
  readonly decision: Effect;
  readonly ruleId: string;
  readonly reason: string;
}

/** The facts known when it has ended. */
export interface AuditEnding {
  readonly result: Exclude<AuditResult, "pending" | "interrupted">;
  readonly durationMs: number;
  readonly policyDecision?: AuditDecision;
  /** From the vendor's response. */
  readonly stripeRequestId?: string;
  /** Already redacted. */
  readonly outputs?: unknown;
  readonly code?: ProblemCode;
  readonly declineCode?: string;
  /** Ids of things it touched that were not known when it began and are not in `outputs`. */
  readonly objects?: readonly string[];
}

/** As `GET /api/audit` returns it. */
export interface AuditEntry {
  /** UTC, ISO 8601: when the attempt began. */
  readonly timestamp: string;
  readonly eventId: string;
  readonly eventType: AuditEventType;
  readonly actor: AuditActor;
  readonly resource: AuditResource;
  readonly action: string;
  readonly result: AuditResult;
  readonly durationMs?: number;
  readonly requestId: string;
  readonly stripeRequestId?: string;
  readonly code?: ProblemCode;
  readonly declineCode?: string;
  /** Stripe objects, events and runs that the attempt touched. */
  readonly objects: readonly string[];
  readonly metadata: { readonly inputs?: unknown; readonly outputs?: unknown };
  readonly policyDecision?: AuditDecision;
}
