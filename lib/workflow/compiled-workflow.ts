import type { Checked } from "../capability/capability.ts";

/** What the Lambdas know of a workflow; `npm run generate` writes one for every workflows/*.yml. */
export interface CompiledWorkflow {
  readonly workflowId: string;
  readonly version: string;
  /** In the order of the file. */
  readonly steps: readonly { readonly id: string; readonly capability: string }[];
  readonly checkInput: (value: unknown) => Checked<Record<string, unknown>>;
}
