/**
 * The record of one guarded call: first its entry in the audit log (call-entry.ts), then its log line (call-line.ts). A
 * call that can have an effect has an EffectRecord; one that only reads gets its entry at its end.
 */

import { Problem } from "../errors.ts";
import { describeCause, type LogFields, log, logCall, type Outcome } from "../log.ts";
import type { Metrics } from "../metrics.ts";
import type { Decision } from "../policy/policy.ts";
import { appSecrets } from "../secrets/secrets.ts";
import type { SubjectIds } from "../subject-ids.ts";
import { type Attempt, type AuditMark, recordAttempt } from "./attempt.ts";
import type { AuditBeginning, AuditEnding } from "./audit-entry.ts";
import { beginningOf, endingOf, type Result, refusalResult, withoutWrongValues } from "./call-entry.ts";
import { lineOf } from "./call-line.ts";
import type { CallFacts, RecordedCall } from "./recorded-call.ts";

export class CallRecord {
  readonly #call: RecordedCall;
  readonly #startedAt: Date;
  #facts: CallFacts;
  #attempt: Attempt | undefined;
  #mark: AuditMark | undefined;

  constructor(call: RecordedCall) {
    this.#call = call;
    this.#startedAt = call.now();
    this.#facts = { objects: call.objects ?? [] };
  }

  /** Keeps the inputs, redacted, for the entry. */
  noteInputs(redacted: unknown): void {
    this.#note({ inputs: redacted });
  }

  /** Keeps ids by which the entry can be found. */
  noteObjects(ids: readonly string[]): void {
    this.#note({ objects: [...this.#facts.objects, ...ids] });
  }

  /** Keeps, for the log line, what the call turned out to be about. */
  noteSubjects(subjects: SubjectIds): void {
    this.#note({ subjects: { ...this.#facts.subjects, ...subjects } });
  }

  /** Keeps the policy's decision; a later one replaces it. */
  noteDecision(decision: Decision): void {
    this.#note({ decision });
  }

  readonly noteVendorRequest = (id: string): void => {
    this.#note({ vendorRequestId: id });
  };

  #note(facts: Partial<CallFacts>): void {
    this.#facts = { ...this.#facts, ...facts };
  }

  /** Takes over an attempt whose beginning is stored: `end` and `refuse` complete it. */
  protected hold(attempt: Attempt): void {
    this.#attempt = attempt;
    this.#mark = attempt.mark;
  }

  /**
   * Completes the entry, or writes all of it for a call that has no effect and was not begun; the response waits for
   * this. `outputs` are redacted. Throws SERVICE_UNAVAILABLE.
   */
  end(result: Result, outputs?: unknown): Promise<void> {
    this.#note({ outputs });
    return this.#writeEntry(endingOf(result, this.#durationMs(), this.#facts));
  }

  /**
   * Writes the log line of a call that `end` has completed, or that needs no entry; `fields`: facts known only at its
   * end; `metrics`: those of this kind of call, in addition to those of every call.
   */
  writeLogLine(
    outcome: Outcome,
    fields: Partial<LogFields> = {},
    problem?: Problem,
    metrics: readonly Metrics[] = [],
  ): void {
    const line = lineOf(this.#call, this.#durationMs(), this.#facts, this.#mark);
    logCall({ ...line, ...fields, outcome }, problem, metrics);
  }

  /**
   * Completes the entry of a call that failed or was denied, and writes its log line. If a call failed because its
   * outputs could not be stored, they stay in its entry, where a reader finds the objects it touched. Returns the
   * problem to throw: instead of a refusal that could not be recorded, it is SERVICE_UNAVAILABLE, so that the caller repeats the call.
   */
  async refuse(problem: Problem): Promise<Problem> {
    const { code, vendorRequestId } = problem;
    if (vendorRequestId !== undefined) this.#note({ vendorRequestId });
    if (code === "VALIDATION_FAILED") this.#note({ inputs: withoutWrongValues(this.#facts.inputs, problem) });
    const result = refusalResult(problem, this.#facts.decision);
    const ending = endingOf(result, this.#durationMs(), this.#facts, problem);
    const unrecorded = await this.#recordRefusal(ending, problem);
    this.writeLogLine(result, {}, unrecorded ?? problem);
    return unrecorded ?? problem;
  }

  async #recordRefusal(ending: AuditEnding, problem: Problem): Promise<Problem | undefined> {
    try {
      await this.#writeEntry(ending);
      return undefined;
    } catch (cause) {
      if (this.#attempt !== undefined) {
        const { requestId } = this.#call;
        log("error", { event: "audit.unfinished", requestId, cause: describeCause(cause) });
        // A pending entry remains and will read as interrupted, which this failure does not contradict.
        if (problem.status >= 500) return undefined;
      }
      return new Problem("SERVICE_UNAVAILABLE", "The attempt could not be recorded", { cause });
    }
  }

  async #writeEntry(ending: AuditEnding): Promise<void> {
    if (this.#attempt === undefined)
      this.#mark = await recordAttempt(this.beginning(), ending, await appSecrets());
    else await this.#attempt.end(ending);
  }

  protected beginning(): AuditBeginning {
    return beginningOf(this.#call, this.#startedAt, this.#facts);
  }

  #durationMs(): number {
    return this.#call.now().getTime() - this.#startedAt.getTime();
  }
}
