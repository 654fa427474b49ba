/** The shapes of the responses that no contract describes: a run, a page of the audit log, an approval. The compiler checks the names. */
import type { Approval } from "../../approvals/approval.ts";
import type { AuditActor, AuditEntry, AuditResource } from "../../audit/audit-entry.ts";
import type { RunDocument, StepDocument } from "../../workflow/run-status.ts";
import type { StartedRun } from "../../workflow/start-run.ts";
import type { TaskError } from "../../workflow/task-error.ts";
import { OPEN, type Shape, VALUE } from "./shape.ts";

/** Whether a field can be absent does not matter for masking. */
const objectOf = (shapes: Readonly<Record<string, Shape>>): Shape => ({
  kind: "object",
  fields: Object.fromEntries(
    Object.entries(shapes).map(([name, shape]) => [name, { shape, optional: false }]),
  ),
});
const listOf = (items: Shape): Shape => ({ kind: "list", items });
type NamesOf<T> = Required<Record<keyof T, Shape>>;

const decision = objectOf({ decision: VALUE, ruleId: VALUE, reason: VALUE } satisfies NamesOf<
  NonNullable<AuditEntry["policyDecision"]>
>);

const auditEntry = objectOf({
  timestamp: VALUE,
  eventId: VALUE,
  eventType: VALUE,
  actor: objectOf({ id: VALUE, roles: VALUE, ipAddress: VALUE } satisfies NamesOf<AuditActor>),
  resource: objectOf({ type: VALUE, id: VALUE, version: VALUE } satisfies NamesOf<AuditResource>),
  action: VALUE,
  result: VALUE,
  durationMs: VALUE,
  requestId: VALUE,
  stripeRequestId: VALUE,
  code: VALUE,
  declineCode: VALUE,
  objects: VALUE,
  metadata: objectOf({ inputs: OPEN, outputs: OPEN } satisfies NamesOf<AuditEntry["metadata"]>),
  policyDecision: decision,
} satisfies NamesOf<AuditEntry>);

/** A page of `GET /api/audit`. */
export const AUDIT_PAGE: Shape = objectOf({ entries: listOf(auditEntry) });

const taskError = objectOf({
  code: VALUE,
  message: VALUE,
  step: VALUE,
  declineCode: VALUE,
} satisfies NamesOf<TaskError>);

/** `GET /api/workflows/{workflowId}/runs/{runId}`. */
export const RUN: Shape = objectOf({
  runId: VALUE,
  workflowId: VALUE,
  version: VALUE,
  status: VALUE,
  startedAt: VALUE,
  endedAt: VALUE,
  steps: listOf(
    objectOf({
      id: VALUE,
      capability: VALUE,
      status: VALUE,
      startedAt: VALUE,
      endedAt: VALUE,
      attempts: VALUE,
      error: taskError,
    } satisfies NamesOf<StepDocument>),
  ),
  output: OPEN,
  error: taskError,
} satisfies NamesOf<RunDocument>);

/** `POST /api/workflows/{workflowId}/runs`. */
export const STARTED_RUN: Shape = objectOf({
  runId: VALUE,
  workflowId: VALUE,
  version: VALUE,
  status: VALUE,
} satisfies NamesOf<StartedRun>);

/** `GET /api/approvals/{approvalId}`, and the response to a decision. */
export const APPROVAL: Shape = objectOf({
  approvalId: VALUE,
  status: VALUE,
  capability: VALUE,
  action: VALUE,
  input: OPEN,
  ruleId: VALUE,
  reason: VALUE,
  principal: objectOf({ id: VALUE, roles: VALUE } satisfies NamesOf<Approval["principal"]>),
  requestedAt: VALUE,
  expiresAt: VALUE,
  decidedBy: VALUE,
  decidedAt: VALUE,
  comment: VALUE,
  usedAt: VALUE,
} satisfies NamesOf<Approval>);

/** A page of `GET /api/approvals`. */
export const APPROVAL_PAGE: Shape = objectOf({ items: listOf(APPROVAL) });
