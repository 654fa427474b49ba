/**
 * The Step Functions transport: a Task state invokes the capability's Lambda with the step's name and the run's data.
 * Text in the run's input and sensitive outputs are sealed in that scope, because Step Functions keeps
 * every payload in its history. What the step reads is opened here, and outputs are sealed again before they are returned.
 */

import type { Context } from "aws-lambda";
import type { Capability } from "../capability/capability.ts";
import type { CapabilityAnswer, CapabilityCall } from "../capability/run-capability.ts";
import { asProblem, Problem } from "../errors.ts";
import { sealPaths } from "../sealing/sealed-tree.ts";
import { createSealer } from "../sealing/sealing.ts";
import { appSecrets } from "../secrets/secrets.ts";
import { isRecord } from "../untrusted.ts";
import { resolve } from "../workflow/interpolation.ts";
import { believedTask, signedOutput } from "../workflow/run-data.ts";
import { openPrincipal, outputContext } from "../workflow/run-sealing.ts";
import { lambdaCall } from "./lambda-call.ts";
import { claimedTask, logRefusal, openedScope, type TaskEvent, TaskFailure } from "./task-event.ts";

/** The pipeline of the capability: lib/capability/run-capability.ts or read-capability.ts. */
type Pipeline = <Inputs, Outputs extends object>(
  capability: Capability<Inputs, Outputs>,
  call: CapabilityCall,
) => Promise<CapabilityAnswer>;

export function isTaskEvent(event: unknown): event is TaskEvent {
  return isRecord(event) && "task" in event && "scope" in event && "runId" in event;
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
    logRefusal(problem, context.awsRequestId, { ...claimed, capability: contract.capabilityId });
    throw new TaskFailure(problem, claimed, secrets);
  }
}
