/** Cancels a run: its execution is stopped, and the run is cancelled from then on. */
import { describeExecution, stopExecution } from "../aws/step-functions.ts";
import { Problem } from "../errors.ts";
import type { Policy } from "../policy/decide.ts";
import { present } from "../present.ts";
import {
  type Change,
  type ChangedRun,
  type ChangeRunRequest,
  changeRun,
  type OwnedRun,
} from "./change-run.ts";
import type { CompiledWorkflow } from "./compiled-workflow.ts";
import { executionName } from "./execution-name.ts";
import { rowState } from "./record-run.ts";
import { type RowState, writeRow } from "./run-row.ts";
import { errorOfExecution } from "./run-status.ts";

/**
 * Cancels the run; one that is cancelled already stays so. A step that is in progress may still finish. Throws CONFLICT if the
 * run has ended otherwise, and as `changeRun` does.
 */
export function cancelRun(
  workflows: Readonly<Record<string, CompiledWorkflow>>,
  policy: Policy,
  request: ChangeRunRequest,
): Promise<ChangedRun> {
  return changeRun("cancel", workflows, policy, request, (run) => stopped(run, request));
}

async function stopped({ row }: OwnedRun, { now }: ChangeRunRequest): Promise<Change> {
  if (row.status === "cancelled") return { row, replayed: true };
  if (row.status !== "running") throw alreadyEnded(row.status);
  const { workflowId, runId } = row;
  const name = executionName(runId, row.execution);
  const stopDate = await stopExecution(workflowId, name, {
    error: "Cancelled",
    cause: "A caller has cancelled the run; the audit log says who",
  });
  // The execution may have ended by itself just before. Its description can be behind, and then still shows it running.
  const execution = await describeExecution(workflowId, name);
  const found = rowState({ status: execution?.status });
  const status: RowState = found === "completed" || found === "failed" ? found : "cancelled";
  const ended = {
    ...row,
    status,
    ...present({
      endedAt: (execution?.stopDate ?? stopDate ?? now()).toISOString(),
      error: status === "failed" && execution !== undefined ? errorOfExecution(execution) : undefined,
    }),
  };
  await writeRow(ended, now());
  if (status !== "cancelled") throw alreadyEnded(status);
  return { row: ended, replayed: false };
}

function alreadyEnded(status: RowState): Problem {
  return new Problem("CONFLICT", `The run has already ${status}; only a run in progress can be cancelled`, {
    issues: [{ path: "runId", message: `is a run that has ${status}` }],
  });
}
