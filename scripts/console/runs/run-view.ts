/** One run as the page shows it: its state, its graph, its steps, and what can be done. */
import { MEANINGS } from "../../../lib/compiler/openapi/refusals.ts";
import type { Workflow } from "../../../lib/compiler/workflow/workflow.ts";
import { PROBLEM_KINDS, Problem } from "../../../lib/errors.ts";
import { present } from "../../../lib/present.ts";
import { maskTree } from "../../../lib/sealing/sealed-tree.ts";
import { fieldOf, fieldsOf, parseJson, textOf } from "../../../lib/untrusted.ts";
import type { PlannedStep } from "../../../lib/workflow/compiled-workflow.ts";
import { findRun } from "../../../lib/workflow/find-run.ts";
import { historiesOf } from "../../../lib/workflow/read-run.ts";
import { type RunRow, readRow } from "../../../lib/workflow/run-row.ts";
import { progressOfRun, type RunState, runStatus } from "../../../lib/workflow/run-status.ts";
import type { TaskError } from "../../../lib/workflow/task-error.ts";
import type { ConsoleContext } from "../server/route.ts";
import { type ActionView, cancelAction, retryAction } from "./actions.ts";
import { type RunGraph, runGraph } from "./run-graph.ts";
import { type StepView, stepView } from "./step-view.ts";
import { type WaitView, waitOf } from "./wait-view.ts";

export interface RunView {
  readonly runId: string;
  readonly workflowId: string;
  readonly version: string;
  readonly status: RunState;
  /** UTC, ISO 8601. */
  readonly startedAt: string;
  readonly endedAt?: string;
  readonly durationMs: number;
  readonly startedBy: string;
  readonly customerId?: string;
  /** The number of its executions: each retry is one more. */
  readonly executions: number;
  /** With `[sealed]` for every text. */
  readonly input: unknown;
  readonly error?: TaskError;
  /** What the code of the error means, and what to do; left out where the error itself says it. */
  readonly meaning?: string;
  /** If the files of this checkout are not those with which the run began. */
  readonly difference?: string;
  readonly graph: RunGraph;
  readonly steps: readonly StepView[];
  readonly waits?: WaitView;
  readonly cancel?: ActionView;
  readonly retry?: ActionView;
  /** How often the page reads it again; left out for a run that has ended. */
  readonly readAgainMs?: number;
}

/** Throws NOT_FOUND, and SERVICE_UNAVAILABLE. */
export async function readRunView(
  runId: string,
  workflows: readonly Workflow[],
  context: ConsoleContext,
): Promise<RunView> {
  const now = await context.now();
  const row = await readRow(runId);
  const found = row && (await findRun(row.workflowId, runId, now));
  if (row === undefined || found === undefined) throw new Problem("NOT_FOUND", `There is no run ${runId}`);
  const { execution } = found;
  const current = found.row ?? row;
  const plan = planIn(execution.input);
  const workflow = workflows.find(({ workflowId }) => workflowId === row.workflowId);
  const planned = {
    workflowId: row.workflowId,
    version: row.version,
    steps: [...plan].map(([id, step]) => ({ id, ...step })),
  };
  const histories = await historiesOf(current, current.execution);
  const history = histories.flat();
  const run = runStatus(execution, histories.at(-1) ?? [], planned, {
    runId,
    startedAt: current.startedAt,
    earlier: histories.slice(0, -1),
  });
  const progress = progressOfRun(histories);
  const times = {
    startedAt: new Date(run.startedAt),
    until: run.endedAt === undefined ? now : new Date(run.endedAt),
    isCancelled: run.status === "cancelled",
  };
  const steps = run.steps.map((document) =>
    stepView(
      { document, template: plan.get(document.id)?.inputs, progress: progress.get(document.id) },
      history,
      times,
    ),
  );
  const isOpen = run.endedAt === undefined;
  return {
    runId,
    workflowId: row.workflowId,
    version: run.version,
    status: run.status,
    startedAt: run.startedAt,
    durationMs: times.until.getTime() - times.startedAt.getTime(),
    startedBy: current.owner.id,
    executions: current.execution,
    input: maskTree(fieldOf(parseJson(execution.input), "input")),
    graph: runGraph(workflow, steps),
    steps,
    ...present({
      endedAt: run.endedAt,
      customerId: current.owner.customerId,
      error: run.error,
      meaning:
        run.error === undefined || PROBLEM_KINDS[run.error.code].retryable
          ? undefined
          : MEANINGS[run.error.code],
      difference: differenceOf(current, plan, workflow),
      waits: isOpen ? await waitOf(run.runId, steps, workflow, context) : undefined,
      cancel: isOpen ? cancelAction(current, context) : undefined,
      retry: run.status === "failed" ? retryAction(current, context) : undefined,
      readAgainMs: isOpen ? (context.local === undefined ? 5_000 : 700) : undefined,
    }),
  };
}

type Plan = ReadonlyMap<string, PlannedStep>;

/** What the run carries of its workflow, as deployed when it began. */
function planIn(input: string | undefined): Plan {
  const steps = Object.entries(fieldsOf(fieldOf(parseJson(input), "run", "plan")));
  return new Map(
    steps.map(([id, step]) => [
      id,
      { capability: textOf(fieldOf(step, "capability")) ?? "", inputs: fieldOf(step, "inputs"), after: [] },
    ]),
  );
}

function differenceOf(row: RunRow, plan: Plan, workflow: Workflow | undefined): string | undefined {
  if (workflow === undefined)
    return `This checkout has no workflow ${row.workflowId}: the steps are shown without their transitions`;
  const isSame =
    workflow.steps.length === plan.size &&
    workflow.steps.every(({ id, capability }) => plan.get(id)?.capability === capability);
  if (isSame && workflow.version === row.version) return undefined;
  return `The run began with version ${row.version}; the transitions are those of version ${workflow.version} in this checkout`;
}
