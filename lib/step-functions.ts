/** The only Step Functions client, and the names that tie a workflow to its state machine. */
import { SFNClient } from "@aws-sdk/client-sfn";
import { env } from "./env.ts";

let client: SFNClient | undefined;

export function stepFunctions(): SFNClient {
  client ??= new SFNClient({ maxAttempts: 3 });
  return client;
}

/** ARN of the state machine that serverless.yml deploys for the workflow. */
export function stateMachineArn(workflowId: string): string {
  return `${env("STATE_MACHINE_ARN_PREFIX")}${workflowId}`;
}

/** ARN of one execution of that state machine; `runId` is the execution's name. */
export function executionArn(workflowId: string, runId: string): string {
  return `${stateMachineArn(workflowId).replace(":stateMachine:", ":execution:")}:${runId}`;
}
