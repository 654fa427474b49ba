/** All handlers that take input from callers, on real emulated services, and what can be seen of what they did. */
import { randomUUID } from "node:crypto";
import { DynamoDBClient, ScanCommand } from "@aws-sdk/client-dynamodb";
import { handler as sendEmail } from "../../functions/send-email/handler.ts";
import { handler as startWorkflowRun } from "../../functions/start-workflow-run/handler.ts";
import { handler as createCustomer } from "../../functions/stripe-create-customer/handler.ts";
import { handler as createPaymentIntent } from "../../functions/stripe-create-payment-intent/handler.ts";
import { handler as createSubscription } from "../../functions/stripe-create-subscription/handler.ts";
import { startStepFunctions } from "../../local/step-functions.ts";
import { startStripeEmulator } from "../../stripe-emulator/server.ts";
import { type HttpCall, httpEvent, lambdaContext, startedAws } from "./given.ts";

type Handler = (
  event: ReturnType<typeof httpEvent>,
  context: ReturnType<typeof lambdaContext>,
) => Promise<unknown>;

const HANDLERS = {
  "stripe-create-payment-intent": createPaymentIntent,
  "stripe-create-customer": createCustomer,
  "stripe-create-subscription": createSubscription,
  "send-email": sendEmail,
  /** The one workflow; its handler starts a run. */
  "process-payment": startWorkflowRun,
} satisfies Record<string, Handler>;
export type HandlerName = keyof typeof HANDLERS;

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Readonly<Record<string, unknown>>;
}

export interface Everything {
  /** Calls the handler over HTTP as an admin, with an Idempotency-Key of its own unless `call` has one. */
  answerOf(name: HandlerName, call: HttpCall): Promise<Answer>;
  /** All that a call could have done: objects at Stripe, items in the tables, mails, runs. */
  traces(): Promise<unknown>;
  close(): Promise<void>;
}

const STATE_MACHINES = "arn:aws:states:us-east-1:000000000000:stateMachine:";

/** Starts it all. Runs of the workflow end at once, without a step. Close it after the tests. */
export async function everyHandler(): Promise<Everything> {
  const aws = await startedAws();
  const stripe = await startStripeEmulator({ port: 0 });
  const stepFunctions = await startStepFunctions({
    region: "us-east-1",
    machines: [
      {
        name: "process-payment",
        arn: `${STATE_MACHINES}process-payment`,
        roleArn: "arn:aws:iam::000000000000:role/none",
        createdAt: new Date(),
        definition: { StartAt: "done", States: { done: { Type: "Pass", End: true } } },
      },
    ],
    invoke: async () => ({ outcome: "answered", payload: {} }),
  });
  Object.assign(process.env, {
    STRIPE_API_BASE: stripe.url,
    STRIPE_SECRET_KEY: "sk_test_local",
    AWS_ENDPOINT_URL_SFN: stepFunctions.url,
    STATE_MACHINE_ARN_PREFIX: STATE_MACHINES,
    PUBLIC_URL: "https://pay.example.com",
    EMAIL_FROM: "shop@example.com",
  });
  const dynamodb = new DynamoDBClient({});
  const json = async (url: string, init?: RequestInit) => JSON.parse(await (await fetch(url, init)).text());

  return {
    async answerOf(name, call) {
      const handler: Handler = HANDLERS[name];
      const event = httpEvent({
        pathParameters: { workflowId: "process-payment" },
        ...call,
        headers: { "idempotency-key": randomUUID(), ...call.headers },
      });
      const { statusCode, headers, body } = JSON.parse(
        JSON.stringify(await handler(event, lambdaContext(20_000))),
      );
      return { status: statusCode, headers, body: JSON.parse(body) };
    },
    async traces() {
      const tables = ["IdempotencyKeysTable", "CustomersTable"].map(async (TableName) => {
        const { Count } = await dynamodb.send(new ScanCommand({ TableName }));
        return [TableName, Count];
      });
      const { counts } = await json(`${stripe.url}/_emulator/state`);
      const { emails } = await json(`${aws.endpoints.ses}/store`);
      const { executions } = await json(stepFunctions.url, {
        method: "POST",
        headers: { "x-amz-target": "AWSStepFunctions.ListExecutions" },
        body: JSON.stringify({ stateMachineArn: `${STATE_MACHINES}process-payment` }),
      });
      return {
        stripe: counts,
        tables: await Promise.all(tables),
        mails: emails.length,
        runs: executions.length,
      };
    },
    async close() {
      dynamodb.destroy();
      await stepFunctions.close();
      await stripe.close();
    },
  };
}
