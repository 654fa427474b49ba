/** A workflow as authored in workflows/*.yml, with the place of each part in the file. */
import type { Fields } from "../contract/field.ts";
import type { YamlNode } from "../source/yaml-source.ts";
import type { Wait } from "./wait.ts";

export const BACKOFFS = ["exponential", "linear"] as const;

export interface RetryPolicy {
  /** Executions, the first one included. */
  readonly maxAttempts: number;
  readonly backoff: (typeof BACKOFFS)[number];
  readonly delayMs: number;
  readonly maxDelayMs: number;
}

export interface WorkflowStep {
  readonly id: string;
  /** For a step that waits: the function that does. */
  readonly capability: string;
  /** The input template, with its references. */
  readonly inputs: unknown;
  /** If the step waits for an event and calls no capability. */
  readonly wait?: Wait;
  readonly onSuccess?: string;
  readonly onFailure?: string;
  readonly retry: RetryPolicy;
  readonly timeoutMs: number;
  readonly node: YamlNode;
}

export interface Workflow {
  readonly workflowId: string;
  readonly version: string;
  /** The declared inputs. If they are left out, or have mistakes, the inputs are inferred from their use. */
  readonly inputs?: Fields;
  readonly steps: readonly WorkflowStep[];
}

/** The step that follows when this one has succeeded; undefined if the run ends. */
export function successor(workflow: Workflow, step: WorkflowStep): string | undefined {
  const explicit = workflow.steps.some(
    ({ onSuccess, onFailure }) => onSuccess !== undefined || onFailure !== undefined,
  );
  if (explicit) return step.onSuccess;
  return workflow.steps[workflow.steps.indexOf(step) + 1]?.id;
}

/** The steps of a run in which no step fails, in their order. */
export function successPath(workflow: Workflow): ReadonlySet<string> {
  const path = new Set<string>();
  let step = workflow.steps[0];
  while (step !== undefined && !path.has(step.id)) {
    path.add(step.id);
    const next = successor(workflow, step);
    step = workflow.steps.find(({ id }) => id === next);
  }
  return path;
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

/** The steps that have succeeded whenever `step` runs, on every path to it. For a workflow without cycles. */
export function alwaysSucceededBefore(workflow: Workflow, step: WorkflowStep): ReadonlySet<string> {
  const known = new Map<string, readonly string[]>();
  const before = (id: string): readonly string[] => {
    const found = known.get(id) ?? common(workflow.steps.flatMap((source) => waysFrom(source, id)));
    known.set(id, found);
    return found;
  };
  const waysFrom = (source: WorkflowStep, id: string): (readonly string[])[] => [
    ...(successor(workflow, source) === id ? [[...before(source.id), source.id]] : []),
    ...(source.onFailure === id ? [before(source.id)] : []),
  ];
  return new Set(before(step.id));
}

function common([first = [], ...others]: readonly (readonly string[])[]): readonly string[] {
  return first.filter((id) => others.every((other) => other.includes(id)));
}

/** The longest that a run can take if every step runs, and fails at its last execution only, in milliseconds. */
export function longestMs({ steps }: Workflow): number {
  return steps.reduce((sum, { retry, timeoutMs }) => {
    const waitMs = Math.max(retry.delayMs, retry.maxDelayMs);
    return sum + retry.maxAttempts * (timeoutMs + waitMs);
  }, 0);
}
