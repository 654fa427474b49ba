/** The consumers of Stripe's events on real queues: polled as Lambda does, invoked in this process. */
import { setTimeout as pause } from "node:timers/promises";
import type { Context, SQSBatchResponse, SQSEvent } from "aws-lambda";
import { handler as onChargeEvent } from "../../functions/on-charge-event/handler.ts";
import { handler as onCustomerEvent } from "../../functions/on-customer-event/handler.ts";
import { handler as onInvoiceEvent } from "../../functions/on-invoice-event/handler.ts";
import { handler as onPaymentIntentEvent } from "../../functions/on-payment-intent-event/handler.ts";
import { handler as onSubscriptionEvent } from "../../functions/on-subscription-event/handler.ts";
import { handler as onUnroutedEvent } from "../../functions/on-unrouted-event/handler.ts";
import { queueUrlVariable, TOPICS, type Topic } from "../../lib/events/topics.ts";
import { startEventSource } from "../../local/event-source.ts";
import { lambdaContext } from "./given.ts";

export const CONSUMERS: Readonly<
  Record<Topic, (event: SQSEvent, context: Context) => Promise<SQSBatchResponse>>
> = {
  "payment-intent": onPaymentIntentEvent,
  subscription: onSubscriptionEvent,
  invoice: onInvoiceEvent,
  charge: onChargeEvent,
  customer: onCustomerEvent,
  unrouted: onUnroutedEvent,
};

/** Consumes all queues of `localAws` until it is stopped. */
export function startConsumers(): { stop(): Promise<void> } {
  return startEventSource({
    endpoint: process.env.AWS_ENDPOINT_URL_SQS ?? "",
    region: "us-east-1",
    onError: (message, error) => {
      throw new Error(message, { cause: error });
    },
    mappings: TOPICS.map((topic) => ({
      queueUrl: process.env[queueUrlVariable(topic)] ?? "",
      queueArn: `arn:aws:sqs:us-east-1:000000000000:${topic}`,
      functionName: topic,
      batchSize: 10,
      reportsFailures: true,
    })),
    invoke: async (functionName, payload) => {
      const topic = TOPICS.find((known) => known === functionName) ?? "unrouted";
      const event: SQSEvent = JSON.parse(JSON.stringify(payload));
      return { outcome: "answered", payload: await CONSUMERS[topic](event, lambdaContext(20_000)) };
    },
  });
}

/** Waits until `isSo`; rejects after half a minute. */
export async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 30_000;
  while (!(await isSo())) {
    if (Date.now() > deadline) throw new Error(`In half a minute it did not happen that ${what}`);
    await pause(20);
  }
}
