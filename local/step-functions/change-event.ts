/** What Step Functions sends to EventBridge when an execution begins or ends. */
import { randomUUID } from "node:crypto";
import { LOCAL_ACCOUNT_ID } from "../local-credentials.ts";
import type { Execution } from "./execution.ts";

/** https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html. Input and output are left out, as from large executions. */
export function changeEvent(execution: Execution, region: string, now: Date): object {
  return {
    version: "0",
    id: randomUUID(),
    "detail-type": "Step Functions Execution Status Change",
    source: "aws.states",
    account: LOCAL_ACCOUNT_ID,
    time: now.toISOString().replace(/\.\d+Z$/, "Z"),
    region,
    resources: [execution.arn],
    detail: {
      executionArn: execution.arn,
      stateMachineArn: execution.machine.arn,
      name: execution.name,
      status: execution.status,
      startDate: execution.startedAt.getTime(),
      stopDate: execution.endedAt?.getTime() ?? null,
      input: null,
      inputDetails: { included: false },
      output: null,
      outputDetails: null,
    },
  };
}
