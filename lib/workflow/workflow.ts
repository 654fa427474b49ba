/** A workflow as authored: what workflows/*.yml says, with the places in the file where it says it. */
import type { Fields } from "../contract/field.ts";
import type { YamlNode } from "../contract/yaml-source.ts";

export interface RetryPolicy {
  /** Executions, the first one included. */
  readonly maxAttempts: number;
  readonly backoff: "exponential" | "linear";
  readonly delayMs: number;
  readonly maxDelayMs: number;
}

export interface WorkflowStep {
  readonly id: string;
  readonly capability: string;
  /** The input template, with its references. */
  readonly inputs: unknown;
  readonly onSuccess?: string;
  readonly onFailure?: string;
  readonly retry: RetryPolicy;
  readonly timeoutMs: number;
  readonly node: YamlNode;
}

export interface Workflow {
  readonly workflowId: string;
  readonly version: string;
  /** The declared inputs; left out, they are inferred from their use. */
  readonly inputs?: Fields;
  readonly steps: readonly WorkflowStep[];
}

/** Where a step goes when it has succeeded; undefined where the run ends. */
export function successor(workflow: Workflow, step: WorkflowStep): string | undefined {
  const explicit = workflow.steps.some(
    ({ onSuccess, onFailure }) => onSuccess !== undefined || onFailure !== undefined,
  );
  if (explicit) return step.onSuccess;
  return workflow.steps[workflow.steps.indexOf(step) + 1]?.id;
}

/** Every step that `from` leads to, by success or failure, itself included. */
export function reachableFrom(workflow: Workflow, from: string | undefined): ReadonlySet<string> {
  const reached = new Set<string>();
  const visit = (id: string | undefined): void => {
    const step = workflow.steps.find((candidate) => candidate.id === id);
    if (step === undefined || reached.has(step.id)) return;
    reached.add(step.id);
    visit(successor(workflow, step));
    visit(step.onFailure);
  };
  visit(from);
  return reached;
}
