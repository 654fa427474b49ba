/** State machines without a deployed template, for the emulator alone. */
import { compileWorkflow } from "../../lib/compiler/workflow/compile.ts";
import type { Workflow } from "../../lib/compiler/workflow/workflow.ts";
import { LOCAL_ACCOUNT_ID } from "../local-credentials.ts";
import type { Machine } from "./execution.ts";

const AT = `us-east-1:${LOCAL_ACCOUNT_ID}`;
export const MACHINE_ARN_PREFIX = `arn:aws:states:${AT}:stateMachine:`;

/** The workflow as it is deployed. Its tasks are functions that have the names of their capabilities. */
export function workflowMachine(workflow: Workflow): Machine {
  const functionArn = (name: string) => `arn:aws:lambda:${AT}:function:${name}`;
  const definition = JSON.stringify(compileWorkflow(workflow, functionArn));
  // biome-ignore lint/suspicious/noTemplateCurlyInString: this is how CloudFormation writes a variable
  return machineOf(workflow.workflowId, JSON.parse(definition.replaceAll("${AWS::Partition}", "aws")));
}

export function machineOf(name: string, definition: Machine["definition"]): Machine {
  return {
    ...{ name, definition, createdAt: new Date() },
    arn: `${MACHINE_ARN_PREFIX}${name}`,
    roleArn: `arn:aws:iam::${LOCAL_ACCOUNT_ID}:role/none`,
  };
}

export const executionArn = (workflowId: string, execution: string): string =>
  `arn:aws:states:${AT}:execution:${workflowId}:${execution}`;
