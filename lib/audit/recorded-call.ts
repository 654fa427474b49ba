/** A guarded call, as its entry in the audit log and its line in the log tell of it. */
import type { CallContext } from "../call-context.ts";
import type { Principal } from "../identity/principal.ts";
import type { LogFields } from "../log.ts";
import type { Decision } from "../policy/policy.ts";
import type { AuditEventType, AuditResource } from "./audit-entry.ts";

/** What is known of a call when it begins. */
export interface RecordedCall extends CallContext {
  readonly eventType: AuditEventType;
  readonly resource: AuditResource;
  readonly action: string;
  readonly principal: Principal;
  readonly ipAddress?: string;
  /** Ids of things the call is about that stand in neither inputs nor outputs. */
  readonly objects?: readonly string[];
  /** What the log line tells beside what it tells of every call. */
  readonly logFields?: Partial<LogFields>;
}

/** What becomes known of it while it runs. Inputs and outputs are redacted. */
export interface CallFacts {
  readonly inputs?: unknown;
  readonly objects: readonly string[];
  readonly decision?: Decision;
  readonly vendorRequestId?: string;
  readonly outputs?: unknown;
}
