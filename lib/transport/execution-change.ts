/**
 * The transport of what EventBridge reports about executions of Step Functions: one log line for each report. A report only says
 * that an execution has changed: it can be late, come twice or come from anybody who may invoke the function.
 */
import type { Context } from "aws-lambda";
import { executionOfArn } from "../aws/step-functions.ts";
import type { CallContext } from "../call-context.ts";
import { asProblem, Problem } from "../errors.ts";
import { logCall } from "../log.ts";
import { startUp } from "../start-up.ts";
import { fieldOf, textOf } from "../untrusted.ts";
import type { ExecutionName } from "../workflow/record-run.ts";
import type { RunRow } from "../workflow/run-row.ts";
import { lambdaCall } from "./lambda-call.ts";

/** A Lambda handler that records the execution of the report. It fails if that was not possible, so that Lambda repeats it. */
export function executionChangeHandler(
  event: string,
  record: (
    execution: ExecutionName & { readonly isBeginning: boolean },
    context: CallContext,
  ) => Promise<RunRow | undefined>,
): (input: unknown, context: Context) => Promise<void> {
  startUp();
  return async (input, context) => {
    const call = lambdaCall(context);
    const startedAt = call.now();
    const execution = executionOfArn(textOf(fieldOf(input, "detail", "executionArn")) ?? "");
    let row: RunRow | undefined;
    let failure: Problem | undefined;
    try {
      const reported = fieldOf(input, "detail", "status");
      row = execution && (await record({ ...execution, isBeginning: reported === "RUNNING" }, call));
      refuseEarlierState(row, reported);
    } catch (thrown) {
      failure = asProblem(thrown);
    }
    logCall(
      {
        event,
        requestId: call.requestId,
        runId: row?.runId,
        status: row?.status,
        skipped: failure === undefined && row === undefined ? true : undefined,
        outcome: failure === undefined ? "succeeded" : "failed",
        durationMs: call.now().getTime() - startedAt.getTime(),
      },
      failure,
    );
    if (failure !== undefined) throw new Error(`${event}: ${failure.code}; see the log line`);
  };
}

/** Step Functions' descriptions can be behind its reports: a later try finds the execution's end. */
function refuseEarlierState(row: RunRow | undefined, reported: unknown): void {
  if (row?.status !== "running" || reported === "RUNNING" || typeof reported !== "string") return;
  throw new Problem("SERVICE_UNAVAILABLE", "Step Functions does not describe the end of the execution yet");
}
