/** The facts about a guarded call that its audit entry and its log line contain. */
import type { CallContext } from "../call-context.ts";
import type { Principal } from "../identity/principal.ts";
import type { LogFields } from "../log.ts";
import type { Decision } from "../policy/policy.ts";
import type { SubjectIds } from "../subject-ids.ts";
import type { AuditEventType, AuditResource } from "./audit-entry.ts";

/** The facts known when a call begins. */
export interface RecordedCall extends CallContext {
  readonly eventType: AuditEventType;
  readonly resource: AuditResource;
  readonly action: string;
  readonly principal: Principal;
  readonly ipAddress?: string;
  /** Ids of things the call is about that are in neither inputs nor outputs. */
  readonly objects?: readonly string[];
  /** Fields of the log line in addition to those of every call. */
  readonly logFields?: Partial<LogFields>;
}

/** The facts that become known while it runs. Inputs and outputs are redacted. */
export interface CallFacts {
  readonly inputs?: unknown;
  readonly objects: readonly string[];
  readonly decision?: Decision;
  readonly vendorRequestId?: string;
  readonly outputs?: unknown;
  /** What the call turned out to be about, in addition to what its inputs and outputs name. */
  readonly subjects?: SubjectIds;
}
