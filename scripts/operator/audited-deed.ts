/** What an operator does is in the audit log: an entry before it can have an effect, and its ending after. */
import { randomUUID } from "node:crypto";
import { beginAttempt } from "../../lib/audit/attempt.ts";
import type { AuditEventType, AuditResource } from "../../lib/audit/audit-entry.ts";
import { asProblem, Problem } from "../../lib/errors.ts";
import type { Principal } from "../../lib/identity/principal.ts";
import { appSecrets } from "../../lib/secrets/secrets.ts";
import { DEFAULT_RETENTION_DAYS } from "../../resources/grants.ts";
import { readStageFile } from "../../resources/stage-settings.ts";
import type { Target } from "../command-line/command.ts";

export interface Deed {
  readonly eventType: AuditEventType;
  readonly resource: AuditResource;
  readonly action: string;
  /** Ids of what it is about. */
  readonly objects: readonly string[];
  /** Without secrets and personal data. */
  readonly inputs?: Readonly<Record<string, string>>;
  /** The time of the target. */
  readonly startedAt: Date;
  /** How long it can take at most: until then, the entry reads as pending. */
  readonly atMostMs: number;
}

export interface Done<Result> {
  readonly value: Result;
  /** Whether it had been done before. By default it was not. */
  readonly replayed?: boolean;
  /** For the audit log, without secrets and personal data. */
  readonly outputs?: Readonly<Record<string, string>>;
}

/**
 * Runs it under the audit log. Throws SERVICE_UNAVAILABLE if the entry cannot be stored: then nothing has run. Throws what `run`
 * throws, once that is stored. Needs `selectTarget` and `selectTables`.
 */
export async function auditedDeed<Result>(
  target: Target,
  operator: Principal,
  deed: Deed,
  run: () => Promise<Done<Result>>,
): Promise<Result> {
  keepEntriesAs(target);
  const { startedAt, atMostMs, ...described } = deed;
  const attempt = await beginAttempt(
    {
      ...described,
      actor: { id: operator.id, roles: operator.roles },
      requestId: randomUUID(),
      startedAt,
      deadline: startedAt.getTime() + atMostMs,
    },
    await appSecrets(),
  );
  const began = performance.now();
  const durationMs = () => Math.round(performance.now() - began);
  let done: Done<Result>;
  try {
    done = await run();
  } catch (thrown) {
    const problem = asProblem(thrown);
    await attempt.end({ result: "failed", durationMs: durationMs(), code: problem.code });
    throw problem;
  }
  const { value, replayed = false, outputs = {} } = done;
  try {
    await attempt.end({ result: replayed ? "replayed" : "succeeded", durationMs: durationMs(), outputs });
  } catch (cause) {
    const message = `It was done, but the audit log has not stored how it ended: its entry is ${attempt.mark.auditEventId}`;
    throw new Problem("SERVICE_UNAVAILABLE", message, { cause });
  }
  return value;
}

/** Entries of operators are kept as long as those of functions. */
function keepEntriesAs({ stage }: Target): void {
  const { values } = stage === undefined ? { values: {} } : readStageFile(stage);
  const { AUDIT_RETENTION_DAYS, AUDIT_ARCHIVE }: Readonly<Record<string, string>> = values;
  process.env.AUDIT_RETENTION_DAYS = AUDIT_RETENTION_DAYS ?? DEFAULT_RETENTION_DAYS;
  process.env.AUDIT_ARCHIVE = AUDIT_ARCHIVE ?? "on";
}
