/** The workflows as configuration of the Serverless Framework: one state machine each. */
import { compileWorkflow } from "../lib/compiler/workflow/compile.ts";
import { isRecord } from "../lib/untrusted.ts";
import { loadProject } from "../scripts/generate/load-project.ts";
import { arnOf, functionId } from "./cloudformation.ts";
import { machineName } from "./grants.ts";

/** A state machine as serverless-step-functions expects it. */
interface StateMachineConfiguration {
  readonly name: string;
  readonly type: "STANDARD";
  readonly retain: boolean;
  readonly definition: unknown;
}

/**
 * `stepFunctions` of serverless.yml. The plugin gives each machine a role that can invoke exactly its own functions.
 */
export function stateMachines() {
  const entries = loadProject().workflows.map((workflow) => [
    pascalCase(workflow.workflowId),
    {
      name: machineName(workflow.workflowId),
      type: "STANDARD",
      retain: false,
      definition: escapeForSub(compileWorkflow(workflow, (capability) => arnOf(functionId(capability)))),
    },
  ]);
  const machines: Readonly<Record<string, StateMachineConfiguration>> = Object.fromEntries(entries);
  return { validate: false, stateMachines: machines };
}

/**
 * The plugin writes the definition into an `Fn::Sub`, which would replace our `${...}`; it keeps a `${!...}` as the
 * literal `${...}`. A variable of
 * CloudFormation stays one; the dialect has no reference with colons.
 */
function escapeForSub(value: unknown): unknown {
  if (typeof value === "string") return value.replaceAll(/\$\{(?!AWS::)/g, "${!");
  if (Array.isArray(value)) return value.map(escapeForSub);
  if (!isRecord(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, escapeForSub(item)]));
}

function pascalCase(id: string): string {
  return id
    .split(/[-_]/)
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join("");
}
