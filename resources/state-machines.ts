/** The workflows as configuration of the Serverless Framework: one state machine each. */
import { compileWorkflow } from "../lib/compiler/workflow/compile.ts";
import { isRecord } from "../lib/untrusted.ts";
import { loadProject } from "../scripts/generate/load-project.ts";
import { arnOf, functionId } from "./cloudformation.ts";
import { machineName, SERVICE, STAGE } from "./grants.ts";
import { logGroup } from "./vended-logs.ts";

/** A state machine as serverless-step-functions expects it. */
interface StateMachineConfiguration {
  readonly name: string;
  readonly type: "STANDARD";
  readonly retain: boolean;
  readonly definition: unknown;
  readonly tracingConfig?: { readonly enabled: true };
  readonly loggingConfig?: {
    readonly level: "ERROR" | "ALL";
    readonly includeExecutionData: false;
    readonly destinations: readonly object[];
  };
}

export const WORKFLOW_LOGS = { off: undefined, errors: "ERROR", all: "ALL" } as const;

export interface Observed {
  /** WORKFLOW_LOGS: the events of a run that are logged, never with its data. */
  readonly level?: "ERROR" | "ALL" | undefined;
  /** Whether X-Ray traces the runs. */
  readonly isTraced?: boolean;
}

/** The group of the workflows' logs; none if they are off. */
export function workflowLog({ level }: Observed): object {
  return level === undefined
    ? {}
    : { Resources: { WorkflowLog: logGroup(`states/${SERVICE}-${STAGE}-workflows`) } };
}

/**
 * `stepFunctions` of serverless.yml. The plugin gives each machine a role that can invoke exactly its own functions.
 */
export function stateMachines({ level, isTraced = false }: Observed = {}) {
  const entries = loadProject().workflows.map((workflow) => [
    pascalCase(workflow.workflowId),
    {
      name: machineName(workflow.workflowId),
      type: "STANDARD",
      retain: false,
      ...(isTraced ? { tracingConfig: { enabled: true } } : {}),
      // The data of a run is in its history, where fewer people can read it than in the log.
      ...(level === undefined
        ? {}
        : { loggingConfig: { level, includeExecutionData: false, destinations: [arnOf("WorkflowLog")] } }),
      definition: escapeForSub(compileWorkflow(workflow, (capability) => arnOf(functionId(capability)))),
    },
  ]);
  const machines: Readonly<Record<string, StateMachineConfiguration>> = Object.fromEntries(entries);
  return { validate: false, stateMachines: machines };
}

/** Each workflow with the number of its states. */
export function statesOfWorkflows(): { readonly workflowId: string; readonly states: number }[] {
  return loadProject().workflows.map((workflow) => {
    const { States } = compileWorkflow(workflow, (capability) => arnOf(functionId(capability)));
    return { workflowId: workflow.workflowId, states: Object.keys(States).length };
  });
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
