/** The consumers of Stripe's events on real queues: polled as by Lambda, and invoked in this process. */
import { setTimeout as pause } from "node:timers/promises";
import type { Context, SQSBatchResponse, SQSEvent } from "aws-lambda";
import { handler as onChargeEvent } from "../../functions/on-charge-event/handler.ts";
import { handler as onCustomerEvent } from "../../functions/on-customer-event/handler.ts";
import { handler as onInvoiceEvent } from "../../functions/on-invoice-event/handler.ts";
import { handler as onPaymentIntentEvent } from "../../functions/on-payment-intent-event/handler.ts";
import { handler as onSubscriptionEvent } from "../../functions/on-subscription-event/handler.ts";
import { handler as onUnroutedEvent } from "../../functions/on-unrouted-event/handler.ts";
import { EVENT_QUEUES, type EventQueue, queueUrlVariable } from "../../lib/events/event-queues.ts";
import { startEventSource } from "../../local/event-source.ts";
import { lambdaContext } from "./given.ts";

export const CONSUMERS: Readonly<
  Record<EventQueue, (event: SQSEvent, context: Context) => Promise<SQSBatchResponse>>
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
    mappings: EVENT_QUEUES.map((queue) => ({
      queueUrl: process.env[queueUrlVariable(queue)] ?? "",
      queueArn: `arn:aws:sqs:us-east-1:000000000000:${queue}`,
      functionName: queue,
      batchSize: 10,
      reportsFailures: true,
    })),
    invoke: async (functionName, payload) => {
      const queue = EVENT_QUEUES.find((known) => known === functionName) ?? "unrouted";
      const event: SQSEvent = JSON.parse(JSON.stringify(payload));
      return { outcome: "answered", payload: await CONSUMERS[queue](event, lambdaContext(20_000)) };
    },
  });
}

/** Waits until `isSo`; rejects after two minutes. */
export async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 120_000;
  while (!(await isSo())) {
    if (Date.now() > deadline) throw new Error(`Waited two minutes until ${what}; it did not happen`);
    await pause(150);
  }
}
