/** The consumers of our queues, on real queues: polled as by Lambda, and invoked in this process. */
import { setTimeout as pause } from "node:timers/promises";
import type { Context, SQSBatchResponse, SQSEvent } from "aws-lambda";
import { EVENT_QUEUES, queueUrlVariable, type SignedQueue } from "../../lib/events/event-queues.ts";
import { startEventSource } from "../../local/event-source.ts";
import { lambdaContext } from "./given.ts";

export type Consumer = (event: SQSEvent, context: Context) => Promise<SQSBatchResponse>;

/** The function that consumes the queue: `functions/on-<queue>-event/handler.ts`. */
export async function consumerOf(queue: SignedQueue): Promise<Consumer> {
  const { handler }: { handler: Consumer } = await import(`../../functions/on-${queue}-event/handler.ts`);
  return handler;
}

/** Consumes queues of `localAws`, by default all of Stripe's events, until it is stopped. */
export function startConsumers(queues: readonly SignedQueue[] = EVENT_QUEUES): { stop(): Promise<void> } {
  return startEventSource({
    endpoint: process.env.AWS_ENDPOINT_URL_SQS ?? "",
    region: "us-east-1",
    onError: (message, error) => {
      throw new Error(message, { cause: error });
    },
    mappings: queues.map((queue) => ({
      queueUrl: process.env[queueUrlVariable(queue)] ?? "",
      queueArn: `arn:aws:sqs:us-east-1:000000000000:${queue}`,
      functionName: queue,
      batchSize: 10,
      reportsFailures: true,
    })),
    invoke: async (functionName, payload) => {
      const queue = queues.find((known) => known === functionName) ?? "unrouted";
      const event: SQSEvent = JSON.parse(JSON.stringify(payload));
      const consume = await consumerOf(queue);
      return { outcome: "answered", payload: await consume(event, lambdaContext(20_000)) };
    },
  });
}

/** Waits until `isSo`; rejects after four minutes. */
export async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 240_000;
  while (!(await isSo())) {
    if (Date.now() > deadline) throw new Error(`Waited four minutes until ${what}; it did not happen`);
    await pause(150);
  }
}
