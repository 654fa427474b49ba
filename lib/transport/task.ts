/**
 * The Step Functions transport: a Task state invokes the capability's Lambda with the step's input template and the
 * run's scope. Text in the run's input and sensitive outputs are sealed in that scope, because Step Functions keeps
 * every payload in its history. They are opened here, and outputs are sealed again before they are returned.
 */

import type { Context } from "aws-lambda";
import type { Capability } from "../capability/capability.ts";
import { runCapability } from "../capability/run-capability.ts";
import { asProblem, Problem } from "../errors.ts";
import { isLogged, logCall } from "../log.ts";
import { present } from "../present.ts";
import { openTree, sealPaths } from "../sealing/sealed-tree.ts";
import { createSealer } from "../sealing/sealing.ts";
import { appSecrets } from "../secrets/secrets.ts";
import { isRecord } from "../untrusted.ts";
import { resolve } from "../workflow/interpolation.ts";
import { openPrincipal, runSealingContext } from "../workflow/run-sealing.ts";
import { taskError } from "../workflow/task-error.ts";
import { lambdaCall } from "./lambda-call.ts";

/** What a Task state sends: see lib/compiler/workflow/compile.ts. */
export interface TaskEvent {
  readonly task: { readonly workflowId: string; readonly step: string; readonly capability: string };
  readonly inputs: unknown;
  readonly runId: string;
  readonly scope: {
    /** The principal that started the run, sealed by the Lambda that started it. */
    readonly run: { readonly principal: string };
    readonly input: unknown;
    readonly steps: unknown;
    readonly error?: { readonly Error: string; readonly Cause: string };
  };
}

export function isTaskEvent(event: unknown): event is TaskEvent {
  return isRecord(event) && "task" in event && "scope" in event && "runId" in event;
}

/** Step Functions matches on the error's name (Retry, Catch) and keeps its message as the cause. */
class TaskFailure extends Error {
  constructor(problem: Problem, step: string) {
    super(JSON.stringify({ ...problem.toDocument(), step }));
    this.name = retryableInFlight(problem) ? "SERVICE_UNAVAILABLE" : problem.code;
    // The stack would end up in the execution history.
    this.stack = "";
  }
}

/** An earlier attempt of this step may still hold the claim (its Lambda timed out), so a retry makes sense. */
function retryableInFlight(problem: Problem): boolean {
  return problem.code === "CONFLICT" && problem.retryAfterSeconds !== undefined;
}

/**
 * Runs a workflow step through the pipeline, as the principal that started the run. That principal is sealed, so that
 * somebody who can invoke this Lambda or start an execution still cannot choose a principal.
 */
export async function runTask<Inputs, Outputs extends object>(
  capability: Capability<Inputs, Outputs>,
  event: TaskEvent,
  context: Context,
): Promise<unknown> {
  const { contract } = capability;
  const { runId, task, scope } = event;
  try {
    if (task.capability !== contract.capabilityId) {
      throw new Problem(
        "INTERNAL_ERROR",
        `The task is for ${task.capability}, but this is ${contract.capabilityId}`,
      );
    }
    const sealer = createSealer(await appSecrets());
    const sealing = runSealingContext(runId);
    const input = openTree(scope.input, sealer, sealing);
    const steps = openTree(scope.steps, sealer, sealing);
    const { outputs } = await runCapability(capability, {
      inputs: resolve(event.inputs, {
        input,
        steps,
        ...present({ error: scope.error && taskError(scope.error) }),
      }),
      principal: openPrincipal(scope.run.principal, sealer, runId),
      action: "step",
      idempotencyKey: `${runId}:${task.step}`,
      ...lambdaCall(context),
      objects: [runId],
      run: { workflowId: task.workflowId, runId, input, steps },
    });
    return sealPaths(outputs, contract.outputs.sensitivePaths, sealer, sealing);
  } catch (thrown) {
    const problem = asProblem(thrown);
    if (!isLogged(problem)) {
      logCall(
        {
          event: "task.refused",
          requestId: context.awsRequestId,
          capabilityId: contract.capabilityId,
          runId,
          outcome: "rejected",
        },
        problem,
      );
    }
    throw new TaskFailure(problem, task.step);
  }
}
