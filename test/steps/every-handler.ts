/** All handlers that accept input from callers, on real emulated services, and the visible traces of their work. */

import { randomUUID } from "node:crypto";
import { DynamoDBClient, ScanCommand } from "@aws-sdk/client-dynamodb";
import { handler as startWorkflowRun } from "../../functions/start-workflow-run/handler.ts";
import { MACHINE_ARN_PREFIX, machineOf } from "../../local/step-functions/workflow-machine.ts";
import { startStepFunctions } from "../../local/step-functions.ts";
import { TABLES, tableId } from "../../resources/tables.ts";
import { startStripeEmulator } from "../../stripe-emulator/index.ts";
import { type HttpCall, httpEvent, lambdaContext, startedAws } from "./given.ts";
import { workflowIds } from "./sample-inputs.ts";
import { contracts } from "./shipped-project.ts";
import { emulatorClient } from "./stripe-emulator-client.ts";

type Handler = (
  event: ReturnType<typeof httpEvent>,
  context: ReturnType<typeof lambdaContext>,
) => Promise<unknown>;

/** Everything that a caller can send inputs to: each capability, and each workflow as the start of a run. */
export const RESOURCES: readonly string[] = [
  ...contracts.map(({ capabilityId }) => capabilityId),
  ...workflowIds,
];

export interface Response {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Readonly<Record<string, unknown>>;
}

export interface Everything {
  /** Calls the capability, or starts the workflow, over HTTP as an admin, by default with a new Idempotency-Key. */
  responseOf(resource: string, call: HttpCall): Promise<Response>;
  /** Stripe, as the payer and the account see it. */
  readonly stripe: ReturnType<typeof emulatorClient>;
  /** Everything that a call can have created: objects at Stripe, items in the tables, mails, runs. */
  traces(): Promise<unknown>;
  close(): Promise<void>;
}

/** Starts everything. Workflow runs end immediately, without a step. Close it after the tests. */
export async function everyHandler(): Promise<Everything> {
  const aws = await startedAws();
  const stripe = await startStripeEmulator({ port: 0 });
  const stepFunctions = await startStepFunctions({
    region: "us-east-1",
    machines: workflowIds.map((name) =>
      machineOf(name, { StartAt: "done", States: { done: { Type: "Pass", End: true } } }),
    ),
    invoke: async () => ({ outcome: "answered", payload: {} }),
  });
  Object.assign(process.env, {
    STRIPE_API_BASE: stripe.url,
    STRIPE_SECRET_KEY: "sk_test_local",
    AWS_ENDPOINT_URL_SFN: stepFunctions.url,
    STATE_MACHINE_ARN_PREFIX: MACHINE_ARN_PREFIX,
    EMAIL_FROM: "shop@example.com",
  });
  const dynamodb = new DynamoDBClient({});
  const json = async (url: string, init?: RequestInit) => JSON.parse(await (await fetch(url, init)).text());
  /** Loaded when it is first called: all of them together take seconds. */
  const handlerOf = async (resource: string): Promise<Handler> => {
    if (workflowIds.includes(resource)) return startWorkflowRun;
    if (!RESOURCES.includes(resource)) throw new Error(`${resource} has no handler`);
    return (await import(`../../generated/handlers/${resource}.ts`)).handler;
  };

  return {
    stripe: emulatorClient(stripe.url),
    async responseOf(resource, call) {
      const handler = await handlerOf(resource);
      const event = httpEvent({
        pathParameters: { workflowId: resource },
        ...call,
        headers: { "idempotency-key": randomUUID(), ...call.headers },
      });
      const { statusCode, headers, body } = JSON.parse(
        JSON.stringify(await handler(event, lambdaContext(20_000))),
      );
      return { status: statusCode, headers, body: JSON.parse(body) };
    },
    async traces() {
      // The audit log keeps refused calls, too, and counters count them.
      const written = TABLES.filter((table) => table !== "auditLog" && table !== "usageCounters");
      const tables = written.map(async (table) => {
        const { Count } = await dynamodb.send(new ScanCommand({ TableName: tableId(table) }));
        return [table, Count];
      });
      const { counts } = await json(`${stripe.url}/_emulator/state`);
      const { emails } = await json(`${aws.endpoints.ses}/store`);
      const runs = await Promise.all(
        workflowIds.map(async (workflowId) => {
          const { executions } = await json(stepFunctions.url, {
            method: "POST",
            headers: { "x-amz-target": "AWSStepFunctions.ListExecutions" },
            body: JSON.stringify({ stateMachineArn: `${MACHINE_ARN_PREFIX}${workflowId}` }),
          });
          return [workflowId, executions.length];
        }),
      );
      return { stripe: counts, tables: await Promise.all(tables), mails: emails.length, runs };
    },
    async close() {
      dynamodb.destroy();
      await stepFunctions.close();
      await stripe.close();
    },
  };
}
