/** The workflows as configuration of the Serverless Framework: state machines, and the permissions to use them. */

import { compileWorkflow } from "../../lib/compiler/workflow/compile.ts";
import { isRecord } from "../../lib/untrusted.ts";
import { loadContracts } from "./load-contracts.ts";
import { loadWorkflows } from "./load-workflows.ts";

/** What the framework hands to a function that `${file()}` names. */
export interface ConfigurationContext {
  readonly resolveVariable: (variable: string) => Promise<unknown>;
}

/** A statement of IAM. */
export interface Statement {
  readonly Effect: "Allow";
  readonly Action: string | readonly string[];
  readonly Resource: readonly object[];
}

/** `stepFunctions` of serverless.yml. The plugin gives each machine a role that may invoke exactly its functions. */
export async function stateMachines(context: ConfigurationContext) {
  const nameOf = await machineNames(context);
  const machines = loadWorkflows(loadContracts()).map((workflow) => [
    pascalCase(workflow.workflowId),
    {
      name: nameOf(workflow.workflowId),
      type: "STANDARD",
      retain: false,
      definition: escapeForSub(
        compileWorkflow(workflow, (capability) => ({
          "Fn::GetAtt": [logicalFunctionId(capability), "Arn"],
        })),
      ),
    },
  ]);
  return { validate: false, stateMachines: Object.fromEntries(machines) };
}

/** May start the workflows' executions, and no other's. */
export function startPermissions(context: ConfigurationContext): Promise<Statement> {
  return statement(context, "states:StartExecution", (name) => `stateMachine:${name}`);
}

/** May read the workflows' executions; their names are not known beforehand. */
export function readPermissions(context: ConfigurationContext): Promise<Statement> {
  const actions = ["states:DescribeExecution", "states:GetExecutionHistory"];
  return statement(context, actions, (name) => `execution:${name}:*`);
}

async function statement(
  context: ConfigurationContext,
  action: string | readonly string[],
  resource: (machineName: string) => string,
): Promise<Statement> {
  const nameOf = await machineNames(context);
  return {
    Effect: "Allow",
    Action: action,
    Resource: loadWorkflows(loadContracts()).map(({ workflowId }) => ({
      "Fn::Sub": `arn:\${AWS::Partition}:states:\${AWS::Region}:\${AWS::AccountId}:${resource(nameOf(workflowId))}`,
    })),
  };
}

/** The same names as STATE_MACHINE_ARN_PREFIX in serverless.yml begins. */
async function machineNames({ resolveVariable }: ConfigurationContext) {
  const prefix = `${await resolveVariable("self:service")}-${await resolveVariable("sls:stage")}`;
  return (workflowId: string) => `${prefix}-${workflowId}`;
}

/**
 * The plugin writes the definition into an `Fn::Sub`, which would take our `${...}` for its own; `${!...}` tells it to
 * leave them as they are.
 */
function escapeForSub(value: unknown): unknown {
  if (typeof value === "string") return value.replaceAll("${", "${!");
  if (Array.isArray(value)) return value.map(escapeForSub);
  if (!isRecord(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, escapeForSub(item)]));
}

/** CloudFormation's name of a function: `send-email` -> `SendDashemailLambdaFunction`. */
function logicalFunctionId(key: string): string {
  const normalized = key.replaceAll("-", "Dash").replaceAll("_", "Underscore");
  return `${normalized.charAt(0).toUpperCase()}${normalized.slice(1)}LambdaFunction`;
}

function pascalCase(id: string): string {
  return id
    .split(/[-_]/)
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join("");
}
