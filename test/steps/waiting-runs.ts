/** Runs that wait, on Step Functions of this process, with the function that begins waits and a step that reads what arrived. */

import {
  DescribeExecutionCommand,
  type DescribeExecutionOutput,
  GetExecutionHistoryCommand,
  type HistoryEvent,
  SFNClient,
  StartExecutionCommand,
  StopExecutionCommand,
} from "@aws-sdk/client-sfn";
import { loadWorkflow } from "../../lib/compiler/workflow/load-workflow.ts";
import type { Principal } from "../../lib/identity/principal.ts";
import { createSealer } from "../../lib/sealing/sealing.ts";
import { claimedTask, openedScope, type TaskEvent } from "../../lib/transport/task-event.ts";
import { type WaitEvent, waitHandler } from "../../lib/transport/wait.ts";
import { resolve } from "../../lib/workflow/interpolation.ts";
import { believedTask, signedOutput } from "../../lib/workflow/run-data.ts";
import { invocationOf } from "../../local/lambda/invocation.ts";
import { waitFor } from "../../local/stack-client.ts";
import type { Machine } from "../../local/step-functions/execution.ts";
import {
  executionArn,
  MACHINE_ARN_PREFIX,
  workflowMachine,
} from "../../local/step-functions/workflow-machine.ts";
import { type LocalStepFunctions, startStepFunctions } from "../../local/step-functions.ts";
import { plannedSteps } from "../../scripts/generate/workflows.ts";
import { lambdaContext } from "./given.ts";
import { runData } from "./signed-run.ts";

export interface WaitingRuns {
  readonly stepFunctions: LocalStepFunctions;
  /** What the steps that call capabilities were given, by run. */
  readonly given: ReadonlyMap<string, readonly unknown[]>;
  /** Starts a run with this input, for a principal with this customer or with none. */
  start(runId: string, input: Readonly<Record<string, unknown>>, customerId?: string): Promise<void>;
  describe(runId: string): Promise<DescribeExecutionOutput>;
  history(runId: string): Promise<readonly HistoryEvent[]>;
  stop(runId: string): Promise<void>;
  /** Replaces the workflow, as a deployment does, for runs that start later. */
  deploy(yaml: string): void;
  /** Waits until the run has ended, and returns how. */
  ended(runId: string): Promise<DescribeExecutionOutput>;
  /** Waits until the run, which must be the only one, has ended, or waits and nothing else happens in it. */
  atRest(runId: string): Promise<void>;
  /** Waits until a step of the run waits. */
  waiting(runId: string): Promise<void>;
  close(): Promise<void>;
}

/**
 * Runs the workflow in `yaml`. Its capabilities note what they are given, and return nothing. A failed attempt is repeated at once, after `onFailure`.
 */
export async function waitingRuns(yaml: string, onFailure: () => void = () => {}): Promise<WaitingRuns> {
  const { workflow } = loadWorkflow("workflows/w.yml", yaml);
  const beginWait = waitHandler("wait-for-event");
  const given = new Map<string, unknown[]>();
  const invoke = async (name: string, payload: unknown) => {
    const event: WaitEvent = JSON.parse(JSON.stringify(payload));
    const invocation = await invocationOf(async () =>
      name === "wait-for-event" ? beginWait(event, lambdaContext(20_000)) : echo(event, given),
    );
    if (invocation.outcome === "failed") onFailure();
    return invocation;
  };
  const { workflowId } = workflow;
  const machines = [machineFrom(yaml)];
  const stepFunctions = await startStepFunctions({
    region: "us-east-1",
    machines,
    invoke,
  });
  const sfn = new SFNClient({ endpoint: stepFunctions.url });
  const plan = Object.fromEntries(plannedSteps(workflow).map(({ id, ...planned }) => [id, planned]));
  const describe = (runId: string) =>
    sfn.send(new DescribeExecutionCommand({ executionArn: executionArn(workflowId, runId) }));
  const history = async (runId: string) =>
    (await sfn.send(new GetExecutionHistoryCommand({ executionArn: executionArn(workflowId, runId) })))
      .events ?? [];
  const stop = async (runId: string) => {
    await sfn.send(new StopExecutionCommand({ executionArn: executionArn(workflowId, runId) }));
  };
  const started: string[] = [];
  return {
    stepFunctions,
    given,
    describe,
    history,
    deploy: (changed) => void machines.splice(0, 1, machineFrom(changed)),
    async start(runId, input, customerId) {
      started.push(runId);
      const principal: Principal = {
        id: "shop",
        roles: ["checkout"],
        ...(customerId === undefined ? {} : { customerId }),
      };
      const endsBy = new Date(Date.now() + 365 * 86_400_000).toISOString();
      const data = runData({ runId, principal, plan, input, head: { workflowId, endsBy } });
      await sfn.send(
        new StartExecutionCommand({
          stateMachineArn: `${MACHINE_ARN_PREFIX}${workflowId}`,
          name: runId,
          input: JSON.stringify(data),
        }),
      );
    },
    stop,
    ended: (runId) =>
      waitFor(`run ${runId} to end`, async () => {
        const execution = await describe(runId);
        return execution.status === "RUNNING" ? undefined : execution;
      }),
    atRest: async (runId) => {
      await waitFor(`run ${runId} to rest`, async () => {
        const { status } = await describe(runId);
        const last = (await history(runId)).at(-1)?.type;
        // A token that was sent back has ended its wait before the history shows it.
        const isWaiting = stepFunctions.tokens.dueBetween(0, Number.POSITIVE_INFINITY).length > 0;
        return status !== "RUNNING" || (last === "TaskSubmitted" && isWaiting) ? true : undefined;
      });
    },
    waiting: async (runId) => {
      await waitFor(`run ${runId} to wait`, async () =>
        (await history(runId)).some(({ type }) => type === "TaskSubmitted") ? true : undefined,
      );
    },
    async close() {
      for (const runId of started) await stop(runId);
      sfn.destroy();
      await stepFunctions.close();
    },
  };
}

/** Retries do not pause. */
function machineFrom(yaml: string): Machine {
  const { workflow, source } = loadWorkflow("workflows/w.yml", yaml);
  if (source.issues.length > 0) throw new Error(JSON.stringify(source.issues));
  const machine = workflowMachine(workflow);
  const definition = JSON.stringify(machine.definition);
  return {
    ...machine,
    definition: JSON.parse(definition.replaceAll('"IntervalSeconds":2', '"IntervalSeconds":0')),
  };
}

/** A step that notes its inputs; it believes of its event what every capability believes. */
function echo(event: TaskEvent, given: Map<string, unknown[]>): unknown {
  const secrets = (process.env.APP_SECRET ?? "").split(",");
  const claimed = claimedTask(event);
  const task = believedTask(claimed, secrets, new Date());
  const inputs = resolve(task.template, openedScope(task, claimed.runId, createSealer(secrets)));
  given.set(claimed.runId, [...(given.get(claimed.runId) ?? []), inputs]);
  return signedOutput(claimed.runId, claimed.step, {}, secrets);
}
