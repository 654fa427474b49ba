/** The shipped workflows in the Step Functions emulator, whose tasks are the real functions. */
import type { Workflow } from "../../../lib/compiler/workflow/workflow.ts";
import { fieldOf } from "../../../lib/untrusted.ts";
import { waitFor } from "../../../local/stack-client.ts";
import { statesEntered } from "../../../local/step-functions/states-entered.ts";
import { workflowMachine } from "../../../local/step-functions/workflow-machine.ts";
import { startStepFunctions } from "../../../local/step-functions.ts";
import type { FunctionsInTurn } from "./functions-in-turn.ts";

export interface CountedWorkflows {
  readonly url: string;
  /** Resolves once the end of the run is recorded. */
  ended(runId: string): Promise<void>;
  /** How many; nothing is retried here. The run must have ended. */
  statesEntered(workflowId: string, runId: string): Promise<number>;
  close(): Promise<void>;
}

/** Starts the emulator. Close it after the tests. */
export async function startCountedWorkflows(
  workflows: readonly Workflow[],
  functions: FunctionsInTurn,
): Promise<CountedWorkflows> {
  const ended = new Set<string>();
  const recordChange = async (event: object) => {
    await functions.invoke("record-workflow-run", event);
    if (fieldOf(event, "detail", "status") !== "RUNNING") ended.add(String(fieldOf(event, "detail", "name")));
  };
  const { url, close } = await startStepFunctions({
    region: "us-east-1",
    machines: workflows.map(workflowMachine),
    invoke: functions.invokeTask,
    onChange: (event) => void recordChange(event),
  });
  return {
    url,
    ended: async (runId) => {
      await waitFor("the run to end", async () => ended.has(runId) || undefined);
    },
    statesEntered: async (workflowId, runId) => (await statesEntered(url, workflowId, runId))?.length ?? 0,
    close,
  };
}
