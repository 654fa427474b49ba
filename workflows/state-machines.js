/**
 * The state machines of serverless.yml, compiled from the workflows beside this file. JavaScript, because `${file()}`
 * executes nothing else; what it calls is TypeScript.
 */

import { compileWorkflow } from "../lib/workflow/compile.ts";
import { loadContracts } from "../scripts/generate/load-contracts.ts";
import { loadWorkflows } from "../scripts/generate/load-workflows.ts";

const words = (id) =>
  id
    .split(/[-_]/)
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join("");

/** CloudFormation's name of a function: `send-email` -> `SendDashemailLambdaFunction`. */
const logicalFunctionId = (key) =>
  `${key.charAt(0).toUpperCase()}${key.slice(1).replaceAll("-", "Dash").replaceAll("_", "Underscore")}LambdaFunction`;

const machineName = async (resolveVariable, workflowId) =>
  `${await resolveVariable("self:service")}-${await resolveVariable("sls:stage")}-${workflowId}`;

/**
 * The plugin writes the definition into an `Fn::Sub`, which would take our `${...}` for its own; `${!...}` tells it to
 * leave them as they are.
 */
function escapeForSub(value) {
  if (typeof value === "string") return value.replaceAll("${", "${!");
  if (Array.isArray(value)) return value.map(escapeForSub);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, escapeForSub(item)]));
}

/** `stepFunctions` of serverless.yml. The plugin gives each machine a role that may invoke exactly its functions. */
export async function stateMachines({ resolveVariable }) {
  const machines = await Promise.all(
    loadWorkflows(loadContracts()).map(async (workflow) => [
      words(workflow.workflowId),
      {
        name: await machineName(resolveVariable, workflow.workflowId),
        type: "STANDARD",
        retain: false,
        definition: escapeForSub(
          compileWorkflow(workflow, (capability) => ({
            "Fn::GetAtt": [logicalFunctionId(capability), "Arn"],
          })),
        ),
      },
    ]),
  );
  return { validate: false, stateMachines: Object.fromEntries(machines) };
}

const statement = async (resolveVariable, action, kind, suffix) => ({
  Effect: "Allow",
  Action: action,
  Resource: await Promise.all(
    loadWorkflows(loadContracts()).map(async ({ workflowId }) => ({
      "Fn::Sub": `arn:\${AWS::Partition}:states:\${AWS::Region}:\${AWS::AccountId}:${kind}:${await machineName(resolveVariable, workflowId)}${suffix}`,
    })),
  ),
});

/** May start the workflows' executions, and no other's. */
export const startPermissions = ({ resolveVariable }) =>
  statement(resolveVariable, "states:StartExecution", "stateMachine", "");

/** May read the workflows' executions; their names are not known beforehand. */
export const readPermissions = ({ resolveVariable }) =>
  statement(resolveVariable, ["states:DescribeExecution", "states:GetExecutionHistory"], "execution", ":*");
