import type { AuditableFields, Checked } from "../contract/payload-contract.ts";

/** What the Lambdas know of a workflow; `npm run generate` writes one for every workflows/*.yml. */
/** Of its input the audit log may keep the numbers: nothing says what a text holds. */
export interface CompiledWorkflow extends AuditableFields {
  readonly workflowId: string;
  readonly version: string;
  /** In the order of the file. */
  readonly steps: readonly { readonly id: string; readonly capability: string }[];
  readonly checkInput: (value: unknown) => Checked<Record<string, unknown>>;
}
