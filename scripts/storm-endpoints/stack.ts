/** What a storm of endpoints runs on: embedded AWS, and the functions in this process. */
import { SNSClient, SubscribeCommand } from "@aws-sdk/client-sns";
import type { SQSBatchResponse, SQSEvent } from "aws-lambda";
import { createEmptyResources } from "../../local/empty-resources.ts";
import { startEmulators } from "../../local/emulators.ts";
import { type EventSource, startEventSource } from "../../local/event-source.ts";
import { LOCAL_CREDENTIALS } from "../../local/local-credentials.ts";
import { lambdaContext } from "../bench/calls/lambda-events.ts";

const REGION = "us-east-1";
const QUEUES = ["notification", "delivery"] as const;
/** Each handles five batches at once. */
const POLLERS = 3;
/** As long as the function's own timeout. */
const CHECK_SECONDS = 240;

export const APP_SECRET = "app-secret-of-the-storm";

export interface StormStack {
  /** Runs the function that looks after endpoints, as its schedule does. */
  check(): Promise<void>;
  /** The URLs of the queues and of their dead-letter queues. */
  readonly queueUrls: readonly string[];
  close(): Promise<void>;
}

/** Starts it, with the environment of this process. What the functions log is dropped. */
export async function startStormStack(): Promise<StormStack> {
  const emulators = await startEmulators();
  const { endpoints } = emulators;
  const names = { table: String, queue: String, archive: "archive" };
  Object.assign(process.env, {
    AWS_REGION: REGION,
    AWS_ACCESS_KEY_ID: LOCAL_CREDENTIALS.accessKeyId,
    AWS_SECRET_ACCESS_KEY: LOCAL_CREDENTIALS.secretAccessKey,
    AWS_ENDPOINT_URL_DYNAMODB: endpoints.dynamodb,
    AWS_ENDPOINT_URL_SQS: endpoints.sqs,
    AWS_ENDPOINT_URL_SNS: endpoints.sns,
    AWS_PATIENCE: "10",
    APP_SECRET,
    STAGE: "dev",
    LOOPBACK_ENDPOINTS: "allowed",
    ...(await createEmptyResources(endpoints, names)),
  });
  await subscribe(endpoints.sns);
  const restoreLog = dropLog();
  const [{ handler: fanOut }, { handler: deliver }, { handler: check }] = await Promise.all([
    import("../../functions/on-notification-event/handler.ts"),
    import("../../functions/on-delivery-event/handler.ts"),
    import("../../functions/check-endpoints/handler.ts"),
  ]);
  const handlers: Readonly<Record<(typeof QUEUES)[number], typeof fanOut>> = {
    notification: fanOut,
    delivery: deliver,
  };
  const url = (queue: string) => `${endpoints.sqs}/${LOCAL_ACCOUNT}/${queue}`;
  const source = poll(handlers, url, endpoints.sqs);
  return {
    check: () => check({}, lambdaContext(CHECK_SECONDS)),
    queueUrls: QUEUES.flatMap((queue) => [url(queue), `${url(queue)}-dead-letter`]),
    close: async () => {
      await source.stop();
      restoreLog();
      await emulators.close();
    },
  };
}

const LOCAL_ACCOUNT = "000000000000";

type Handler = (event: SQSEvent, context: ReturnType<typeof lambdaContext>) => Promise<SQSBatchResponse>;

function poll(
  handlers: Readonly<Record<(typeof QUEUES)[number], Handler>>,
  url: (queue: string) => string,
  endpoint: string,
): EventSource {
  const mappings = QUEUES.map((queue) => ({
    queueUrl: url(queue),
    queueArn: `arn:aws:sqs:${REGION}:${LOCAL_ACCOUNT}:${queue}`,
    functionName: queue,
    batchSize: 10,
    reportsFailures: true,
  }));
  return startEventSource({
    endpoint,
    region: REGION,
    mappings: Array.from({ length: POLLERS }, () => mappings).flat(),
    onError: () => undefined,
    invoke: async (name, payload) => {
      const queue = QUEUES.find((known) => known === name) ?? "delivery";
      const event: SQSEvent = JSON.parse(JSON.stringify(payload));
      return { outcome: "answered", payload: await handlers[queue](event, lambdaContext()) };
    },
  });
}

async function subscribe(endpoint: string): Promise<void> {
  const sns = new SNSClient({ endpoint, region: REGION, credentials: LOCAL_CREDENTIALS });
  await sns.send(
    new SubscribeCommand({
      TopicArn: process.env.NOTIFICATIONS_TOPIC_ARN,
      Protocol: "sqs",
      Endpoint: `arn:aws:sqs:${REGION}:${LOCAL_ACCOUNT}:notification`,
      Attributes: { RawMessageDelivery: "true" },
    }),
  );
  sns.destroy();
}

/** The functions write their log to standard output, where the result of the command goes. */
function dropLog(): () => void {
  const write = process.stdout.write;
  process.stdout.write = (text, ...rest) =>
    String(text).startsWith('{"level"') ? true : Reflect.apply(write, process.stdout, [text, ...rest]);
  return () => {
    process.stdout.write = write;
  };
}
