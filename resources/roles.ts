/**
 * One role for each function, with its own grants, its own queue and its own log, and nothing else. The framework would
 * give functions without a role one that they share.
 */
import { arnOf, type CloudFormationResource, logGroupId, roleId, type Statement } from "./cloudformation.ts";
import { queueId } from "./event-queues.ts";
import type { FunctionDefinition } from "./functions.ts";
import { type Deployment, roleName } from "./names.ts";

/** What Lambda does with a queue on behalf of its consumer. */
export const CONSUMES = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"];
/**
 * The stack creates the log group. A function that could create it, too, would leave one behind when the stack is
 * deleted, and the next deployment would fail.
 */
export const LOGS = ["logs:CreateLogStream", "logs:PutLogEvents"];

/** X-Ray knows no resources that a right could be limited to. */
const TRACES: Statement = {
  Effect: "Allow",
  Action: ["xray:PutTraceSegments", "xray:PutTelemetryRecords"],
  Resource: ["*"],
};

/** CloudFormation's resources. `isTraced`: whether X-Ray traces the functions. */
export function functionRoles(
  definitions: readonly FunctionDefinition[],
  deployment: Deployment,
  isTraced = false,
) {
  return {
    Resources: Object.fromEntries(
      definitions.map((definition) => [roleId(definition.name), roleOf(definition, deployment, isTraced)]),
    ),
  };
}

function roleOf(
  { name, consumes, statements }: FunctionDefinition,
  deployment: Deployment,
  isTraced: boolean,
): CloudFormationResource {
  const all: readonly Statement[] = [
    { Effect: "Allow", Action: LOGS, Resource: [arnOf(logGroupId(name))] },
    ...(consumes === undefined
      ? []
      : [{ Effect: "Allow" as const, Action: CONSUMES, Resource: [arnOf(queueId(consumes))] }]),
    ...statements,
    ...(isTraced ? [TRACES] : []),
  ];
  return {
    Type: "AWS::IAM::Role",
    Properties: {
      RoleName: roleName(name, deployment),
      Description: `The function ${name} of ${deployment.service}, stage ${deployment.stage}`,
      AssumeRolePolicyDocument: {
        Version: "2012-10-17",
        Statement: [
          { Effect: "Allow", Principal: { Service: "lambda.amazonaws.com" }, Action: "sts:AssumeRole" },
        ],
      },
      Policies: [{ PolicyName: "grants", PolicyDocument: { Version: "2012-10-17", Statement: all } }],
    },
  };
}
