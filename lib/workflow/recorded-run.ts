/**
 * The state of a run without its steps, for callers that poll it: from our own table, which takes any number of reads.
 * Step Functions allows an account some dozen a second.
 */
import { isRunId } from "./execution-name.ts";
import { findRun } from "./find-run.ts";
import { type RunRow, readRow } from "./run-row.ts";

/**
 * Step Functions reports an end within seconds, but does not promise it. A run that is recorded as running for longer may
 * have ended.
 */
const REPORTED_WITHIN_MS = 5 * 60_000;

/**
 * The run; undefined if the workflow has none with this id. Asks Step Functions only if the table may not know: a start that could
 * not be recorded, a run that takes long, and one that was retried. Throws SERVICE_UNAVAILABLE.
 */
export async function recordedRun(workflowId: string, runId: string, now: Date): Promise<RunRow | undefined> {
  if (!isRunId(runId)) return undefined;
  const row = await readRow(runId);
  if (row !== undefined && row.workflowId !== workflowId) return undefined;
  return row !== undefined && isKnown(row, now) ? row : (await findRun(workflowId, runId, now))?.row;
}

function isKnown({ status, startedAt }: RunRow, now: Date): boolean {
  return status !== "running" || now.getTime() - Date.parse(startedAt) < REPORTED_WITHIN_MS;
}
