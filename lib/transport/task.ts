/**
 * The Step Functions transport: a Task state invokes the capability's Lambda with the step's name and the run's data.
 * Text in the run's input and sensitive outputs are sealed in that scope, because Step Functions keeps
 * every payload in its history. What the step reads is opened here, and outputs are sealed again before they are returned.
 */

import type { Context } from "aws-lambda";
import type { Capability } from "../capability/capability.ts";
import type { CapabilityAnswer, CapabilityCall } from "../capability/run-capability.ts";
import { asProblem, Problem } from "../errors.ts";
import { isLogged, logCall } from "../log.ts";
import { present } from "../present.ts";
import { openTree, sealPaths } from "../sealing/sealed-tree.ts";
import { createSealer, type Sealer } from "../sealing/sealing.ts";
import { appSecrets } from "../secrets/secrets.ts";
import { fieldsOf, isRecord } from "../untrusted.ts";
import { runOfExecution } from "../workflow/execution-name.ts";
import { resolve, type Scope } from "../workflow/interpolation.ts";
import {
  type BelievedTask,
  believedTask,
  type ClaimedTask,
  failureMac,
  signedOutput,
} from "../workflow/run-data.ts";
import { inputContext, openPrincipal, outputContext } from "../workflow/run-sealing.ts";
import { lambdaCall } from "./lambda-call.ts";

/** What a Task state sends: see lib/compiler/workflow/compile.ts. */
export interface TaskEvent {
  readonly task: { readonly step: string; readonly capability: string };
  /** The execution's name: lib/workflow/execution-name.ts. */
  readonly runId: string;
  /** The run's data: lib/workflow/run-data.ts says what of it is believed. */
  readonly scope: unknown;
}

/** The pipeline of the capability: lib/capability/run-capability.ts or read-capability.ts. */
type Pipeline = <Inputs, Outputs extends object>(
  capability: Capability<Inputs, Outputs>,
  call: CapabilityCall,
) => Promise<CapabilityAnswer>;

export function isTaskEvent(event: unknown): event is TaskEvent {
  return isRecord(event) && "task" in event && "scope" in event && "runId" in event;
}

/**
 * Step Functions matches on the error's name (Retry, Catch) and keeps its message as the cause. The message is signed, so
 * that an error handler believes it.
 */
class TaskFailure extends Error {
  constructor(problem: Problem, { runId, step }: ClaimedTask, secrets: readonly string[]) {
    const failure = { ...problem.toDocument(), step };
    const mac = secrets.length === 0 ? undefined : failureMac(runId, failure, secrets);
    super(JSON.stringify({ ...failure, mac }));
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
 * Runs a workflow step through the pipeline, as the principal that started the run. The step's template, the values it reads
 * and the principal are those that this service wrote for this run: somebody who can invoke this Lambda or start an execution
 * cannot choose any of them.
 */
export async function runTask<Inputs, Outputs extends object>(
  capability: Capability<Inputs, Outputs>,
  run: Pipeline,
  event: TaskEvent,
  context: Context,
): Promise<unknown> {
  const { contract } = capability;
  const claimed = claimedTask(event);
  const { runId, step } = claimed;
  let secrets: readonly string[] = [];
  try {
    if (claimed.capability !== contract.capabilityId) {
      throw new Problem(
        "INTERNAL_ERROR",
        `The task is for ${claimed.capability}, but this is ${contract.capabilityId}`,
      );
    }
    secrets = await appSecrets();
    const sealer = createSealer(secrets);
    const call = lambdaCall(context);
    const task = believedTask(claimed, secrets, call.now());
    const scope = openedScope(task, runId, sealer);
    const { outputs } = await run(capability, {
      inputs: resolve(task.template, scope),
      principal: openPrincipal(task.principal, sealer, runId),
      action: "step",
      idempotencyKey: task.idempotencyKey,
      ...call,
      objects: [runId],
      run: { workflowId: task.workflowId, runId, input: scope.input, steps: scope.steps },
    });
    const sealed = sealPaths(outputs, contract.outputs.sensitivePaths, sealer, outputContext(runId, step));
    return signedOutput(runId, step, sealed, secrets);
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
    throw new TaskFailure(problem, claimed, secrets);
  }
}

function claimedTask({ task, runId, scope }: TaskEvent): ClaimedTask {
  const { step, capability } = fieldsOf(task);
  const run = runOfExecution(String(runId))?.runId ?? String(runId);
  return { runId: run, step: String(step), capability: String(capability), scope };
}

/** The values of the run, each opened in its own place. */
function openedScope({ input, outputs, error }: BelievedTask, runId: string, sealer: Sealer): Scope {
  const steps = Object.entries(outputs).map(([step, output]) => [
    step,
    { output: openTree(output, sealer, outputContext(runId, step)) },
  ]);
  return {
    input: openTree(input, sealer, inputContext(runId)),
    steps: Object.fromEntries(steps),
    ...present({ error }),
  };
}
