import type { AuditableFields, Checked } from "../contract/payload-contract.ts";

/** What the Lambdas know about a workflow; `npm run generate` writes one for every workflows/*.yml. */
/** The audit log keeps only the numbers of its input: nothing says what a text contains. */
export interface CompiledWorkflow extends AuditableFields {
  readonly workflowId: string;
  readonly version: string;
  /** In the order of the file. */
  readonly steps: readonly { readonly id: string; readonly capability: string }[];
  readonly checkInput: (value: unknown) => Checked<Record<string, unknown>>;
}
