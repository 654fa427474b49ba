import type { AuditableFields, Checked } from "../contract/payload-contract.ts";

/** A step as a run carries it from its start. */
export interface PlannedStep {
  readonly capability: string;
  /** The input template, with its references. */
  readonly inputs: unknown;
  /** The steps that have succeeded whenever this one runs. */
  readonly after: readonly string[];
}

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
  readonly checkInput: (value: unknown) => Checked<Record<string, unknown>>;
}
