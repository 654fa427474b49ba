/**
 * Everything that a paid process-payment needs, in this process: the functions as they are, and before each service a front
 * that counts. AWS runs already, with our tables, queues and topic.
 */
import { createHmac, randomUUID } from "node:crypto";
import { DeleteMessageCommand, ReceiveMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { awaitedEvents } from "../../../lib/compiler/workflow/awaited-events.ts";
import { compileWorkflow } from "../../../lib/compiler/workflow/compile.ts";
import type { Workflow } from "../../../lib/compiler/workflow/workflow.ts";
import {
  EVENT_QUEUES,
  type EventQueue,
  queueOf,
  queueUrlVariable,
  subscribedEventTypes,
} from "../../../lib/events/event-queues.ts";
import { fieldsOf, listOf, textOf } from "../../../lib/untrusted.ts";
import type { AwsEndpoints } from "../../../local/emulators.ts";
import type { Invocation } from "../../../local/lambda/invocation.ts";
import { LOCAL_CREDENTIALS } from "../../../local/local-credentials.ts";
import { seedApiKey } from "../../../local/provision.ts";
import { waitFor } from "../../../local/stack-client.ts";
import { startStepFunctions } from "../../../local/step-functions.ts";
import { startStripeEmulator } from "../../../stripe-emulator/index.ts";
import { loadProject } from "../../generate/load-project.ts";
import { type CountingFronts, countingFronts } from "./counting-fronts.ts";
import { type HttpCall, httpEvent, lambdaContext, sqsEvent } from "./lambda-events.ts";

const REGION = "us-east-1";
const MACHINES = `arn:aws:states:${REGION}:000000000000:stateMachine:`;
const FUNCTIONS = `arn:aws:lambda:${REGION}:000000000000:function:`;
const API_KEY = "key-of-the-counted-shop";
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
  const stripe = await startStripeEmulator({ port: 0 });
  const { workflows } = loadProject();
  const subscribed = new Set(subscribedEventTypes(awaitedEvents(workflows)));
  const invoke = async (name: string, payload: unknown): Promise<Invocation> => {
    try {
      return {
        outcome: "answered",
        payload: await (await handlerOf(name))(asJson(payload), lambdaContext()),
      };
    } catch (thrown) {
      const { name: errorType, message: errorMessage } = thrown instanceof Error ? thrown : new Error();
      return { outcome: "failed", errorType, document: JSON.stringify({ errorType, errorMessage }) };
    }
  };
  const reports: object[] = [];
  const stepFunctions = await startStepFunctions({
    region: REGION,
    machines: workflows.map(machineOf),
    invoke,
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
    STATE_MACHINE_ARN_PREFIX: MACHINES,
    STRIPE_SECRET_KEY: "sk_test_local",
    STRIPE_WEBHOOK_SECRET: WEBHOOK_SECRET,
    EMAIL_FROM: SENDER,
    ADMIN_EMAIL: "owner@example.com",
  });
  // The SDK calls the host of a queue's URL.
  const queueUrls = new Map<EventQueue, string>();
  for (const queue of EVENT_QUEUES) {
    const variable = queueUrlVariable(queue);
    const url = process.env[variable] ?? "";
    queueUrls.set(queue, url);
    process.env[variable] = url.replace(endpoints.sqs, fronts.environment.AWS_ENDPOINT_URL_SQS ?? "");
  }
  await verifySender(endpoints.ses);
  await seedApiKey({
    tableName: process.env.API_KEYS_TABLE ?? "",
    apiKey: API_KEY,
    endpoint: endpoints.dynamodb,
    region: REGION,
  });
  const sqs = new SQSClient({
    endpoint: endpoints.sqs,
    region: REGION,
    credentials: LOCAL_CREDENTIALS,
  });
  const authorization = { authorization: `Bearer ${API_KEY}` };
  let cached: object | undefined;
  let told = 0;

  async function authorize(): Promise<void> {
    const authorizer = await handlerOf("authorizer");
    const { context } = fieldsOf(await authorizer({ headers: authorization }, lambdaContext()));
    cached = fieldsOf(context);
  }
  async function call(functionName: string, request: HttpCall): Promise<unknown> {
    const handler = await handlerOf(functionName);
    const { statusCode, body } = fieldsOf(await handler(httpEvent(request), lambdaContext()));
    if (Number(statusCode) >= 300) throw new Error(`${request.path}: ${statusCode} ${textOf(body)}`);
    return JSON.parse(textOf(body) ?? "null");
  }
  async function consume(queue: EventQueue): Promise<void> {
    const QueueUrl = queueUrls.get(queue);
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({ QueueUrl, MessageAttributeNames: ["All"], WaitTimeSeconds: 1 }),
    );
    const [message] = Messages;
    if (message === undefined) throw new Error(`The queue ${queue} is empty`);
    const consumer = await handlerOf(`on-${queue}-event`);
    const event = sqsEvent(message, `arn:aws:sqs:${REGION}:000000000000:${queue}`);
    const { batchItemFailures } = fieldsOf(await consumer(event, lambdaContext()));
    if (listOf(batchItemFailures).length > 0) throw new Error(`${message.Body} was not consumed`);
    await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: message.ReceiptHandle }));
  }
  const control = (method: string, path: string, body?: object) =>
    jsonFrom(`${stripe.url}/_emulator/${path}`, method, body);

  return {
    fronts,
    authorize,
    async call(functionName, request) {
      if (cached === undefined) await authorize();
      const headers = { ...authorization, "idempotency-key": randomUUID(), ...request.headers };
      return call(functionName, {
        ...request,
        headers,
        ...(cached === undefined ? {} : { authorizer: cached }),
      });
    },
    async pay() {
      // Events of one second cannot show which is newer: then a consumer asks Stripe.
      await control("POST", "clock", { advance: 2 });
      const list = await jsonFrom(`${stripe.url}/v1/payment_intents?limit=1`, "GET", undefined, {
        authorization: "Bearer sk_test_local",
      });
      const paymentIntent = fieldsOf(listOf(fieldsOf(list).data)[0]).id;
      await control("POST", "pay", { paymentIntent, card: "4242424242424242" });
    },
    async deliver() {
      const { events } = fieldsOf(await control("GET", "events"));
      const news = listOf(events)
        .slice(told)
        .map((item) => fieldsOf(fieldsOf(item).event));
      told += news.length;
      const types: string[] = [];
      for (const event of news) {
        const type = textOf(event.type) ?? "";
        if (!subscribed.has(type)) continue;
        const body = JSON.stringify(event);
        const headers = { "stripe-signature": signatureOf(body) };
        await call("stripe-webhook", { method: "POST", path: "/api/webhooks/stripe", headers, body });
        await consume(queueOf(type));
        types.push(type);
      }
      return types;
    },
    async statesOf(workflowId, execution) {
      const executionArn = `${MACHINES.replace(":stateMachine:", ":execution:")}${workflowId}:${execution}`;
      const history = await waitFor(`${executionArn} to end`, async () => {
        const { events } = fieldsOf(
          await statesApi(stepFunctions.url, "GetExecutionHistory", { executionArn }),
        );
        const types = listOf(events).map((event) => textOf(fieldsOf(event).type) ?? "");
        return types.some((type) => /^Execution(?!Started)/.test(type)) ? listOf(events) : undefined;
      });
      await new Promise((resolve) => setImmediate(resolve));
      for (const report of reports.splice(0)) await invoke("record-workflow-run", report);
      return history.flatMap((event) => {
        const name = textOf(fieldsOf(fieldsOf(event).stateEnteredEventDetails).name);
        return name === undefined ? [] : [name];
      });
    },
    async close() {
      sqs.destroy();
      await fronts.close();
      await stepFunctions.close();
      await stripe.close();
    },
  };
}

type Handler = (event: unknown, context: unknown) => Promise<unknown>;

/** The function of that name: a capability's is generated, the others have a handler.ts. */
async function handlerOf(name: string): Promise<Handler> {
  const isCapability = /^(?:stripe-(?!webhook)|send-email)/.test(name);
  const path = isCapability ? `generated/handlers/${name}.ts` : `functions/${name}/handler.ts`;
  const { handler }: { handler: Handler } = await import(`../../../${path}`);
  return handler;
}

function machineOf(workflow: Workflow) {
  const definition = JSON.stringify(compileWorkflow(workflow, (name) => `${FUNCTIONS}${name}`));
  return {
    name: workflow.workflowId,
    arn: `${MACHINES}${workflow.workflowId}`,
    roleArn: "arn:aws:iam::000000000000:role/none",
    createdAt: new Date(),
    // biome-ignore lint/suspicious/noTemplateCurlyInString: this is how CloudFormation writes a variable
    definition: JSON.parse(definition.replaceAll("${AWS::Partition}", "aws")),
  };
}

const asJson = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

function signatureOf(body: string): string {
  const timestamp = Math.floor(Date.now() / 1000);
  const mac = createHmac("sha256", WEBHOOK_SECRET).update(`${timestamp}.${body}`).digest("hex");
  return `t=${timestamp},v1=${mac}`;
}

async function verifySender(mailbox: string): Promise<void> {
  const body = new URLSearchParams({ Action: "VerifyEmailIdentity", EmailAddress: SENDER });
  await fetch(mailbox, { method: "POST", body });
}

const statesApi = (url: string, action: string, body: object) =>
  jsonFrom(url, "POST", body, { "x-amz-target": `AWSStepFunctions.${action}` });

async function jsonFrom(url: string, method: string, body?: object, headers = {}): Promise<unknown> {
  const response = await fetch(url, {
    method,
    headers: { "content-type": "application/json", ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${url}: ${response.status} ${text}`);
  return JSON.parse(text);
}
