import type { AuditableFields, Checked } from "../contract/payload-contract.ts";

/** A step as a run carries it from its start. */
export interface PlannedStep {
  readonly capability: string;
  /** The input template, with its references. */
  readonly inputs: unknown;
  /** The steps that have succeeded whenever this one runs. */
  readonly after: readonly string[];
}

/** The plan of a run: the steps by their ids. */
export type Plan = Readonly<Record<string, PlannedStep>>;

/**
 * What the Lambdas know about a workflow; `npm run generate` writes one for every workflows/*.yml. The audit log keeps only
 * the numbers of its input: nothing says what a text contains.
 */
export interface CompiledWorkflow extends AuditableFields {
  readonly workflowId: string;
  readonly version: string;
  /** In the order of the file. */
  readonly steps: readonly ({ readonly id: string } & PlannedStep)[];
  /** The longest that a run can take with all its retries, in milliseconds. */
  readonly longestMs: number;
  /** What steps do elsewhere than at Stripe. Every step that is not in it changes something at Stripe. */
  readonly stepEffects?: Readonly<Record<string, "none" | "mail">>;
  readonly checkInput: (value: unknown) => Checked<Record<string, unknown>>;
}

/** The plan with which a run of the workflow begins. */
export const planOf = ({ steps }: CompiledWorkflow): Plan =>
  Object.fromEntries(steps.map(({ id, ...planned }) => [id, planned]));

/**
 * How long the tasks of a run are accepted, unless its retries can take longer. Afterwards the idempotency keys of its first
 * steps are forgotten, and a task that is sent again would have its effect again.
 */
const TASKS_KEPT_MS = 24 * 60 * 60 * 1000;

/** When the tasks of an execution that begins now are refused: UTC, ISO 8601. */
export function endOfTasks({ longestMs }: CompiledWorkflow, now: Date): string {
  return new Date(now.getTime() + Math.max(longestMs, TASKS_KEPT_MS)).toISOString();
}
