/**
 * The Step Functions transport: a Task state invokes the capability's Lambda with the step's input template and the
 * run's scope. Texts of the run's input and sensitive outputs are sealed in that scope, because Step Functions keeps
 * every payload in its history; they are opened here, and outputs are sealed again before they leave.
 */
import type { Context } from "aws-lambda";
import type { CapabilityContract, Operation, Principal } from "../capability/capability.ts";
import { runCapability } from "../capability/run-capability.ts";
import { asProblem, Problem } from "../errors.ts";
import type { Policy } from "../policy/decide.ts";
import { openTree, sealPaths } from "../sealing/sealed-tree.ts";
import { createSealer } from "../sealing/sealing.ts";
import { secret } from "../secrets.ts";
import { resolve } from "../workflow/interpolation.ts";
import { runSealingContext } from "../workflow/run-sealing.ts";
import { taskError } from "../workflow/task-error.ts";

/** What a Task state sends: see lib/workflow/compile.ts. */
export interface TaskEvent {
  readonly task: { readonly workflowId: string; readonly step: string; readonly capability: string };
  readonly inputs: unknown;
  readonly runId: string;
  readonly scope: {
    readonly run: { readonly principal: Principal };
    readonly input: unknown;
    readonly steps: unknown;
    readonly error?: { readonly Error: string; readonly Cause: string };
  };
}

export function isTaskEvent(event: unknown): event is TaskEvent {
  return (
    typeof event === "object" && event !== null && "task" in event && "scope" in event && "runId" in event
  );
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

/** An earlier attempt of this very step may still hold the claim (its Lambda timed out): that is worth a retry. */
function retryableInFlight(problem: Problem): boolean {
  return problem.code === "CONFLICT" && problem.retryAfterSeconds !== undefined;
}

/** Runs a workflow step through the pipeline, as the principal that started the run. */
export async function runTask<Inputs, Outputs>(
  contract: CapabilityContract<Inputs, Outputs>,
  operation: Operation<Inputs, Outputs>,
  policy: Policy,
  event: TaskEvent,
  context: Context,
): Promise<unknown> {
  try {
    if (event.task.capability !== contract.capabilityId) {
      throw new Problem(
        "INTERNAL_ERROR",
        `The task is for ${event.task.capability}, this is ${contract.capabilityId}`,
      );
    }
    const sealer = createSealer(await secret("APP_SECRET"));
    const sealing = runSealingContext(event.runId);
    const { outputs } = await runCapability(contract, operation, {
      inputs: resolve(event.inputs, {
        input: openTree(event.scope.input, sealer, sealing),
        steps: openTree(event.scope.steps, sealer, sealing),
        ...(event.scope.error === undefined ? {} : { error: taskError(event.scope.error) }),
      }),
      principal: event.scope.run.principal,
      idempotencyKey: `${event.runId}:${event.task.step}`,
      requestId: context.awsRequestId,
      deadline: Date.now() + context.getRemainingTimeInMillis(),
      now: () => new Date(),
      policy,
    });
    return sealPaths(outputs, contract.outputs.sensitivePaths, sealer, sealing);
  } catch (thrown) {
    throw new TaskFailure(asProblem(thrown), event.task.step);
  }
}
