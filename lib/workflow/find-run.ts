/** Finds a run by its id: what is recorded of it, and its latest execution at Step Functions. */
import type { DescribeExecutionOutput } from "@aws-sdk/client-sfn";
import { describeExecution } from "../aws/step-functions.ts";
import { Problem } from "../errors.ts";
import { describeCause, log } from "../log.ts";
import { appSecrets } from "../secrets/secrets.ts";
import { executionName, isRunId } from "./execution-name.ts";
import { rowOfExecution } from "./record-run.ts";
import { type RunRow, readRow, writeRow } from "./run-row.ts";

export interface FoundRun {
  readonly execution: DescribeExecutionOutput;
  /** The run as of now; undefined if this service has not started it, so that it belongs to nobody. */
  readonly row: RunRow | undefined;
}

/**
 * The run; undefined if the workflow has none with this id. What Step Functions says is recorded, if its report of it has not
 * arrived. Throws SERVICE_UNAVAILABLE.
 */
export async function findRun(workflowId: string, runId: string, now: Date): Promise<FoundRun | undefined> {
  if (!isRunId(runId)) return undefined;
  const before = await readRow(runId);
  if (before !== undefined && before.workflowId !== workflowId) return undefined;
  const number = before?.execution ?? 1;
  const described = await describeExecution(workflowId, executionName(runId, number));
  if (described === undefined) return undefined;
  const execution = notBehind(described, before);
  const named = { runId, execution: number, workflowId };
  const row = rowOfExecution(execution, named, before, await appSecrets());
  if (row !== undefined && row.status !== before?.status) await recordQuietly(row, now);
  return { execution, row };
}

/** A description can be behind: what was cancelled stays cancelled. */
function notBehind(described: DescribeExecutionOutput, before: RunRow | undefined): DescribeExecutionOutput {
  if (described.status !== "RUNNING" || before?.status !== "cancelled") return described;
  return { ...described, status: "ABORTED", stopDate: new Date(before.endedAt ?? before.startedAt) };
}

/** Records the run, if that is possible now: otherwise the report of Step Functions records it, or the next reader. */
export async function recordQuietly(row: RunRow, now: Date): Promise<void> {
  try {
    await writeRow(row, now);
  } catch (unrecorded) {
    log("warn", { event: "workflow.unlisted", runId: row.runId, cause: describeCause(unrecorded) });
  }
}

/** The refusal of a run that does not exist, or that the principal must not know of. */
export function noSuchRun(workflowId: string): Problem {
  return new Problem(
    "NOT_FOUND",
    `${workflowId} has no run with this id that you may read; runs are kept for 90 days after their end`,
    {
      issues: [{ path: "runId", message: "must be a runId from the response that started a run" }],
    },
  );
}
