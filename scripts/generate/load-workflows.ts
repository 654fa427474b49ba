/** Reads every workflows/*.yml and checks it against the contracts and the mail templates. */
import { globSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import type { KnownContracts } from "../../lib/compiler/contract/load-contract.ts";
import type { SourceIssue } from "../../lib/compiler/source/source-issue.ts";
import type { KnownTemplates } from "../../lib/compiler/template/load-template.ts";
import { checkWorkflow } from "../../lib/compiler/workflow/check-workflow.ts";
import { loadWorkflow } from "../../lib/compiler/workflow/load-workflow.ts";
import type { Workflow } from "../../lib/compiler/workflow/workflow.ts";

export interface Workflows {
  readonly workflows: readonly Workflow[];
  /** By id; undefined when the workflow's inputs are not known, so nothing can be checked against them. */
  readonly known: ReadonlyMap<string, Workflow | undefined>;
  readonly issues: readonly SourceIssue[];
}

/** Reads the workflows below `root`, the project's folder. */
export function readWorkflows(root: string, contracts: KnownContracts, templates: KnownTemplates): Workflows {
  const known = new Map<string, Workflow | undefined>();
  const files = globSync("workflows/*.yml", { cwd: root })
    .sort()
    .map((file) => {
      const { workflow, source } = loadWorkflow(file, readFileSync(join(root, file), "utf8"));
      checkWorkflow(workflow, contracts, templates);
      const name = basename(file, ".yml");
      if (workflow.workflowId !== "" && workflow.workflowId !== name)
        source.root.get("workflowId")?.issue(`workflowId must be "${name}", the name of its file`);
      // The inputs of a workflow can depend on the inputs of its capabilities.
      const isClear =
        source.issues.length === 0 &&
        workflow.steps.every(({ capability }) => contracts.get(capability) !== undefined);
      known.set(name, isClear ? workflow : undefined);
      return { workflow, source };
    });
  return {
    workflows: files.map(({ workflow }) => workflow),
    known,
    issues: files.flatMap(({ source }) => source.issues),
  };
}
