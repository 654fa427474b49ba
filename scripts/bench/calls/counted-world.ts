/**
 * Everything that a paid process-payment needs, in this process: the functions as they are, and before each service a front
 * that counts. AWS runs already, with our tables, queues and topic.
 */
import { createHmac, randomUUID } from "node:crypto";
import { awaitedEvents } from "../../../lib/compiler/workflow/awaited-events.ts";
import { queueOf, subscribedEventTypes } from "../../../lib/events/event-queues.ts";
import { fieldOf, fieldsOf, textOf } from "../../../lib/untrusted.ts";
import type { AwsEndpoints } from "../../../local/emulators.ts";
import { seedApiKey } from "../../../local/provision.ts";
import { waitFor } from "../../../local/stack-client.ts";
import { statesEntered } from "../../../local/step-functions/states-entered.ts";
import { MACHINE_ARN_PREFIX, workflowMachine } from "../../../local/step-functions/workflow-machine.ts";
import { startStepFunctions } from "../../../local/step-functions.ts";
import { loadProject } from "../../generate/load-project.ts";
import { handlerOf, invokeTask } from "./counted-functions.ts";
import { CountedQueues } from "./counted-queues.ts";
import { type CountingFronts, countingFronts } from "./counting-fronts.ts";
import { type HttpCall, httpEvent, lambdaContext } from "./lambda-events.ts";
import { startPayingStripe } from "./paying-stripe.ts";

const REGION = "us-east-1";
const API_KEY = "key-of-the-counted-shop";
const AUTHORIZATION = { authorization: `Bearer ${API_KEY}` };
const WEBHOOK_SECRET = "whsec_counted";
const SENDER = "shop@example.com";

export interface CountedWorld {
  readonly fronts: CountingFronts;
  /** Calls a route as a caller with an API key; the authorizer's result is in API Gateway's cache. Throws unless the response is a success. */
  call(functionName: string, call: Omit<HttpCall, "authorizer">): Promise<unknown>;
  /** Asks the authorizer, as API Gateway does once in a while. */
  authorize(): Promise<void>;
  /** Pays the newest payment intent at Stripe, as a payer does. */
  pay(): Promise<void>;
  /** Delivers the events since the last time that Stripe is asked for, one by one: to the webhook, the queue and the consumer. Returns the types. */
  deliver(): Promise<readonly string[]>;
  /** The names of the states that the execution has entered, after its end. */
  statesOf(workflowId: string, execution: string): Promise<readonly string[]>;
  close(): Promise<void>;
}

/** The functions read `process.env`, so it leads to this world until the process ends. */
export async function countedWorld(endpoints: AwsEndpoints): Promise<CountedWorld> {
  const { workflows } = loadProject();
  const subscribed = new Set(subscribedEventTypes(awaitedEvents(workflows)));
  const stripe = await startPayingStripe();
  const reports: object[] = [];
  const stepFunctions = await startStepFunctions({
    region: REGION,
    machines: workflows.map(workflowMachine),
    invoke: invokeTask,
    // EventBridge takes longer than the function that starts a run.
    onChange: (event) => void reports.push(event),
  });
  const fronts = await countingFronts({
    AWS_ENDPOINT_URL_DYNAMODB: endpoints.dynamodb,
    AWS_ENDPOINT_URL_SQS: endpoints.sqs,
    AWS_ENDPOINT_URL_SNS: endpoints.sns,
    AWS_ENDPOINT_URL_SES: endpoints.ses,
    AWS_ENDPOINT_URL_SFN: stepFunctions.url,
    STRIPE_API_BASE: stripe.url,
  });
  Object.assign(process.env, fronts.environment, {
    STATE_MACHINE_ARN_PREFIX: MACHINE_ARN_PREFIX,
    STRIPE_SECRET_KEY: "sk_test_local",
    STRIPE_WEBHOOK_SECRET: WEBHOOK_SECRET,
    EMAIL_FROM: SENDER,
    ADMIN_EMAIL: "owner@example.com",
  });
  const queues = new CountedQueues(endpoints.sqs);
  queues.sendThrough(endpoints.sqs, fronts.environment.AWS_ENDPOINT_URL_SQS ?? "");
  await verifySender(endpoints.ses);
  await seedApiKey({
    tableName: process.env.API_KEYS_TABLE ?? "",
    apiKey: API_KEY,
    endpoint: endpoints.dynamodb,
    region: REGION,
  });
  let authorizer: object | undefined;

  async function authorize(): Promise<object> {
    const answer = await (await handlerOf("authorizer"))({ headers: AUTHORIZATION }, lambdaContext());
    return fieldsOf(fieldOf(answer, "context"));
  }

  return {
    fronts,
    async authorize() {
      authorizer = await authorize();
    },
    async call(functionName, request) {
      authorizer ??= await authorize();
      const headers = { ...AUTHORIZATION, "idempotency-key": randomUUID(), ...request.headers };
      return responseOf(functionName, { ...request, headers, authorizer });
    },
    pay: () => stripe.pay(),
    async deliver() {
      const types: string[] = [];
      for (const event of await stripe.newEvents()) {
        const type = textOf(event.type) ?? "";
        if (!subscribed.has(type)) continue;
        await responseOf("stripe-webhook", signedCall(JSON.stringify(event)));
        await queues.consume(queueOf(type));
        types.push(type);
      }
      return types;
    },
    async statesOf(workflowId, execution) {
      const states = await waitFor(`${execution} to end`, () =>
        statesEntered(stepFunctions.url, workflowId, execution),
      );
      await new Promise((resolve) => setImmediate(resolve));
      for (const report of reports.splice(0)) await invokeTask("record-workflow-run", report);
      return states;
    },
    async close() {
      queues.close();
      await fronts.close();
      await stepFunctions.close();
      await stripe.close();
    },
  };
}

async function responseOf(functionName: string, request: HttpCall): Promise<unknown> {
  const handler = await handlerOf(functionName);
  const { statusCode, body } = fieldsOf(await handler(httpEvent(request), lambdaContext()));
  if (Number(statusCode) >= 300) throw new Error(`${request.path}: ${statusCode} ${textOf(body)}`);
  return JSON.parse(textOf(body) ?? "null");
}

function signedCall(body: string): HttpCall {
  const timestamp = Math.floor(Date.now() / 1000);
  const mac = createHmac("sha256", WEBHOOK_SECRET).update(`${timestamp}.${body}`).digest("hex");
  const headers = { "stripe-signature": `t=${timestamp},v1=${mac}` };
  return { method: "POST", path: "/api/webhooks/stripe", headers, body };
}

async function verifySender(mailbox: string): Promise<void> {
  const body = new URLSearchParams({ Action: "VerifyEmailIdentity", EmailAddress: SENDER });
  await fetch(mailbox, { method: "POST", body });
}
