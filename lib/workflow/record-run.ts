/** Records in the table WorkflowRuns what Step Functions says about one execution. */
import type { DescribeExecutionOutput } from "@aws-sdk/client-sfn";
import { describeExecution } from "../aws/step-functions.ts";
import type { CallContext } from "../call-context.ts";
import { present } from "../present.ts";
import { createSealer } from "../sealing/sealing.ts";
import { appSecrets } from "../secrets/secrets.ts";
import { fieldOf, parseJson, textOf } from "../untrusted.ts";
import { runOfExecution } from "./execution-name.ts";
import { believedRun } from "./run-data.ts";
import { type RowState, type RunOwner, type RunRow, readRow, writeRow } from "./run-row.ts";
import { openedPrincipal } from "./run-sealing.ts";
import { errorOfExecution, runState } from "./run-status.ts";

/** How Step Functions names the execution. */
export interface ExecutionName {
  readonly workflowId: string;
  readonly name: string;
}

/**
 * Records the present state of the execution. `isBeginning`: it is only reported to have begun, so a run that is recorded with
 * it stays as it is. Undefined if it is not one of our runs. Throws SERVICE_UNAVAILABLE.
 */
export async function recordExecution(
  { workflowId, name, isBeginning }: ExecutionName & { readonly isBeginning?: boolean },
  { now }: Pick<CallContext, "now">,
): Promise<RunRow | undefined> {
  const named = runOfExecution(name);
  if (named === undefined) return undefined;
  if (isBeginning) {
    const known = await readRow(named.runId);
    if (known?.workflowId === workflowId && known.execution >= named.execution) return known;
  }
  const execution = await describeExecution(workflowId, name);
  if (execution === undefined) return undefined;
  const [before, secrets] = await Promise.all([readRow(named.runId), appSecrets()]);
  const row = rowOfExecution(execution, { ...named, workflowId }, before, secrets);
  if (row !== undefined) await writeRow(row, now());
  return row;
}

/**
 * The row of a run whose latest execution this is. `before`: its row, which this service has written, so that its owner is
 * known. Otherwise only the sealed principal counts: anyone who may start an execution can write another name into its input.
 */
export function rowOfExecution(
  execution: DescribeExecutionOutput,
  named: { readonly runId: string; readonly execution: number; readonly workflowId: string },
  before: RunRow | undefined,
  appSecrets: readonly string[],
): RunRow | undefined {
  const data = parseJson(execution.input);
  const owner = before?.owner ?? ownerOf(named.runId, data, appSecrets);
  const startedAt = before?.startedAt ?? execution.startDate?.toISOString();
  if (owner === undefined || startedAt === undefined) return undefined;
  const status = rowState(execution);
  return {
    ...named,
    version: before?.version ?? textOf(fieldOf(data, "run", "version")) ?? "",
    ...{ owner, status, startedAt },
    ...present({
      endedAt: execution.stopDate?.toISOString(),
      error: status === "failed" ? errorOfExecution(execution) : undefined,
    }),
  };
}

/** A run that waits is listed as running. */
export function rowState({ status }: Pick<DescribeExecutionOutput, "status">): RowState {
  const state = runState(status);
  return state === "waiting" || state === "paused" ? "running" : state;
}

function ownerOf(runId: string, data: unknown, appSecrets: readonly string[]): RunOwner | undefined {
  const run = believedRun(runId, data, appSecrets);
  const principal = openedPrincipal(run?.head.principal, createSealer(appSecrets), runId);
  return principal && { id: principal.id, ...present({ customerId: principal.customerId }) };
}
