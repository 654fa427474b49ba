/**
 * What is kept of one guarded call that only reads: its line in the log and, when it was refused, its entry in the audit log.
 * A call that can have an effect has an EffectRecord.
 */

import { type FieldIssue, Problem } from "../errors.ts";
import type { Principal } from "../identity/principal.ts";
import { describeCause, type LogFields, log, logCall, type Outcome } from "../log.ts";
import { maskFields } from "../policy/mask-fields.ts";
import type { Decision } from "../policy/policy.ts";
import { present } from "../present.ts";
import { appSecrets } from "../secrets/secrets.ts";
import { type Attempt, type AuditMark, recordAttempt } from "./attempt.ts";
import type { AuditBeginning, AuditEnding, AuditEventType, AuditResource } from "./audit-entry.ts";

export interface RecordedCall {
  readonly eventType: AuditEventType;
  readonly resource: AuditResource;
  readonly action: string;
  readonly principal: Principal;
  readonly ipAddress?: string;
  readonly requestId: string;
  /** Unix time in milliseconds by which the call must have ended. */
  readonly deadline: number;
  readonly now: () => Date;
  /** Ids of things the call is about that stand in neither inputs nor outputs. */
  readonly objects?: readonly string[];
  /** What the log line tells beside what it tells of every call. */
  readonly logFields?: Partial<LogFields>;
}

type Result = AuditEnding["result"];

export class CallRecord {
  readonly #call: RecordedCall;
  readonly #startedAt: Date;
  #inputs: unknown;
  #objects: readonly string[];
  #outputs: unknown;
  #decision: Decision | undefined;
  #vendorRequestId: string | undefined;
  #attempt: Attempt | undefined;
  #mark: AuditMark | undefined;

  constructor(call: RecordedCall) {
    this.#call = call;
    this.#startedAt = call.now();
    this.#objects = call.objects ?? [];
  }

  /** Keeps the inputs, redacted, for the entry. */
  noteInputs(redacted: unknown): void {
    this.#inputs = redacted;
  }

  /** Keeps ids that the entry shall be found by. */
  noteObjects(ids: readonly string[]): void {
    this.#objects = [...this.#objects, ...ids];
  }

  /** Keeps the policy's decision; a later one replaces it. */
  noteDecision(decision: Decision): void {
    this.#decision = decision;
  }

  readonly noteVendorRequest = (id: string): void => {
    this.#vendorRequestId = id;
  };

  /** Takes over an attempt whose beginning is stored: `end` and `refuse` complete it. */
  protected hold(attempt: Attempt): void {
    this.#attempt = attempt;
    this.#mark = attempt.mark;
  }

  /**
   * Completes the entry, or writes it whole for a call that has no effect and was not begun; the answer waits for this.
   * `outputs` are redacted. Throws SERVICE_UNAVAILABLE.
   */
  end(result: Result, outputs?: unknown): Promise<void> {
    this.#outputs = outputs;
    return this.#write(this.#ending(result));
  }

  async #write(ending: AuditEnding): Promise<void> {
    if (this.#attempt === undefined)
      this.#mark = await recordAttempt(this.beginning(), ending, await appSecrets());
    else await this.#attempt.end(ending);
  }

  /**
   * Writes the log line of a call that `end` has completed, or that needs no entry; `fields`: what only its end knows.
   */
  writeLogLine(outcome: Outcome, fields: Partial<LogFields> = {}, problem?: Problem): void {
    logCall({ ...this.#logFields(), ...fields, outcome }, problem);
  }

  /**
   * Completes the entry of a call that failed or was denied, and writes its log line. One that had its outputs and yet
   * failed, because they could not be stored, keeps them in its entry: what they name is there. Answers the problem to
   * throw: an attempt that could not be recorded at all is refused for that alone.
   */
  async refuse(problem: Problem): Promise<Problem> {
    if (problem.vendorRequestId !== undefined) this.#vendorRequestId = problem.vendorRequestId;
    if (problem.code === "VALIDATION_FAILED") this.#maskInputs(problem.issues);
    const result = this.#resultOf(problem);
    const unrecorded = await this.#recordRefusal(this.#ending(result, problem));
    logCall({ ...this.#logFields(), outcome: result }, unrecorded ?? problem);
    return unrecorded ?? problem;
  }

  async #recordRefusal(ending: AuditEnding): Promise<Problem | undefined> {
    try {
      await this.#write(ending);
      return undefined;
    } catch (cause) {
      // A pending entry stays behind and will read as interrupted: the caller is still told what went wrong first.
      if (this.#attempt !== undefined) {
        log("error", {
          event: "audit.unfinished",
          requestId: this.#call.requestId,
          cause: describeCause(cause),
        });
        return undefined;
      }
      return new Problem("SERVICE_UNAVAILABLE", "The attempt could not be recorded", { cause });
    }
  }

  /** A field may be kept for what its contract says it holds; a wrong value could be anything. */
  #maskInputs(issues: readonly FieldIssue[]): void {
    const inputs = this.#inputs;
    if (typeof inputs !== "object" || inputs === null) return;
    this.#inputs = maskFields(
      inputs,
      issues.map(({ path }) => path),
    );
  }

  #resultOf(problem: Problem): Result {
    if (problem.replayed) return "replayed";
    return this.#decision?.decision === "DENY" ? "denied" : "failed";
  }

  protected beginning(): AuditBeginning {
    const { principal, ipAddress, eventType, resource, action, requestId, deadline } = this.#call;
    return {
      eventType,
      actor: {
        id: principal.id,
        roles: principal.roles,
        ...present({ ipAddress }),
      },
      resource,
      action,
      requestId,
      startedAt: this.#startedAt,
      deadline,
      ...(this.#inputs === undefined ? {} : { inputs: this.#inputs }),
      objects: this.#objects,
    };
  }

  #ending(result: Result, problem?: Problem): AuditEnding {
    const decision = this.#decision;
    return {
      result,
      durationMs: this.#durationMs(),
      ...(decision === undefined ? {} : { policyDecision: policyDecision(decision) }),
      ...(this.#vendorRequestId === undefined ? {} : { stripeRequestId: this.#vendorRequestId }),
      ...(this.#outputs === undefined ? {} : { outputs: this.#outputs }),
      ...(problem === undefined ? {} : { code: problem.code }),
      ...(problem?.declineCode === undefined ? {} : { declineCode: problem.declineCode }),
    };
  }

  #logFields() {
    const { eventType, requestId, resource, action, principal, logFields } = this.#call;
    // A metric's dimension: ids that are different each time must not become one.
    const hasCapability = resource.type === "capability" || resource.type === "workflow";
    return {
      event: eventType,
      requestId,
      ...(hasCapability ? { capabilityId: resource.id } : {}),
      action,
      principalId: principal.id,
      decision: this.#decision?.decision,
      ruleId: this.#decision?.ruleId,
      durationMs: this.#durationMs(),
      stripeRequestId: this.#vendorRequestId,
      // A second witness: with the digest in CloudWatch, the table alone cannot be rewritten unseen.
      ...this.#mark,
      ...logFields,
    };
  }

  #durationMs(): number {
    return this.#call.now().getTime() - this.#startedAt.getTime();
  }
}

const policyDecision = ({ decision, ruleId, reason }: Decision) => ({ decision, ruleId, reason });
