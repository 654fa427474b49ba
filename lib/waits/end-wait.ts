/** Ends a waiting step: sends its token back to Step Functions, with the step's output or its failure. */
import { sendTaskFailure, sendTaskSuccess } from "../aws/step-functions.ts";
import { sealPaths } from "../sealing/sealed-tree.ts";
import { createSealer } from "../sealing/sealing.ts";
import { failureMessage } from "../workflow/failure-message.ts";
import { signedOutput } from "../workflow/run-data.ts";
import { outputContext } from "../workflow/run-sealing.ts";
import { type Outcome, SENSITIVE_OUTPUTS } from "./wait.ts";
import { deleteWait, type Waiting } from "./wait-items.ts";

/**
 * Ends the step, and forgets it. False if Step Functions says that the step no longer waits: it has timed out, its run has ended, or an earlier
 * call, whose response was lost, has ended it. Throws SERVICE_UNAVAILABLE, and forgets nothing, if that is not known.
 */
export async function endWait(
  waiting: Waiting,
  outcome: Outcome,
  secrets: readonly string[],
): Promise<boolean> {
  const wasWaiting = await send(waiting, outcome, secrets);
  await deleteWait(waiting);
  return wasWaiting;
}

function send(
  { runId, step, token }: Waiting,
  outcome: Outcome,
  secrets: readonly string[],
): Promise<boolean> {
  if (outcome.kind === "failed") {
    const errorType = outcome.problem.code;
    const errorMessage = failureMessage(outcome.problem, { runId, step }, secrets);
    // In the form in which Lambda reports a function's error.
    return sendTaskFailure(token, errorType, JSON.stringify({ errorType, errorMessage }));
  }
  const context = outputContext(runId, step);
  const sealed = sealPaths(outcome.output, SENSITIVE_OUTPUTS, createSealer(secrets), context);
  return sendTaskSuccess(token, JSON.stringify(signedOutput(runId, step, sealed, secrets)));
}
