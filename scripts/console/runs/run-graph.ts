/** The graph of a run: the steps of its workflow, and which transitions the run has taken. Pure. */
import { successor, type Workflow } from "../../../lib/compiler/workflow/workflow.ts";
import { present } from "../../../lib/present.ts";
import { type Edge, type LaidOutStep, layOut, type Node } from "./layout.ts";
import type { StepShown, StepView } from "./step-view.ts";

export interface RunEdge extends Edge {
  readonly taken: boolean;
}

export interface RunGraph {
  readonly width: number;
  readonly height: number;
  readonly nodes: readonly Node[];
  readonly edges: readonly RunEdge[];
}

/** The transitions of a workflow, as its file or the order of its steps says. */
export function stepsToLayOut(workflow: Workflow): LaidOutStep[] {
  return workflow.steps.map((step) => ({
    id: step.id,
    ...present({ onSuccess: successor(workflow, step), onFailure: step.onFailure }),
  }));
}

/** `workflow`: undefined if this checkout does not have it; then the steps are listed without transitions. */
export function runGraph(workflow: Workflow | undefined, steps: readonly StepView[]): RunGraph {
  const transitions = workflow === undefined ? [] : stepsToLayOut(workflow);
  const laidOut = layOut(
    steps.map(({ id }) => transitions.find((transition) => transition.id === id) ?? { id }),
  );
  const stateOf = new Map(steps.map(({ id, state }) => [id, state]));
  const hasRun = (id: string) => !NOT_BEGUN.includes(stateOf.get(id) ?? "pending");
  return {
    ...laidOut,
    edges: laidOut.edges.map((edge) => ({
      ...edge,
      taken: stateOf.get(edge.from) === LEADS[edge.kind] && hasRun(edge.to),
    })),
  };
}

const NOT_BEGUN: readonly StepShown[] = ["pending", "skipped"];
const LEADS = { success: "completed", failure: "failed" } as const;
