/** What the log line says about a call. Pure; lib/call-metrics.ts says which metrics it contains. */
import type { LogFields } from "../log.ts";
import type { AuditMark } from "./attempt.ts";
import type { CallFacts, RecordedCall } from "./recorded-call.ts";

/** `mark`: that of the call's audit entry, once it exists. */
export function lineOf(
  { eventType, requestId, resource, action, principal, logFields }: RecordedCall,
  durationMs: number,
  { decision, vendorRequestId }: CallFacts,
  mark: AuditMark | undefined,
): LogFields {
  // A dimension of metrics: an id that differs from call to call must not become one.
  const hasCapability = resource.type === "capability" || resource.type === "workflow";
  return {
    event: eventType,
    requestId,
    ...(hasCapability ? { capabilityId: resource.id } : {}),
    action,
    principalId: principal.id,
    decision: decision?.decision,
    ruleId: decision?.ruleId,
    durationMs,
    stripeRequestId: vendorRequestId,
    // A second witness: with the digest in CloudWatch, the table cannot be rewritten unnoticed.
    ...mark,
    ...logFields,
  };
}
