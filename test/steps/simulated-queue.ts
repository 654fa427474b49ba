/**
 * The queue of charges with a dead-letter queue and a consumer, on a clock that jumps from one delivery to the next: days of an outage
 * take milliseconds. The rules are those of SQS and of Lambda's event source; the consumer's handler is real.
 */
import { jest } from "@jest/globals";
import type { Context, SQSBatchResponse, SQSEvent } from "aws-lambda";
import type { FailedMessages } from "../../lib/transport/failed-messages.ts";
import { lambdaContext } from "./given.ts";
import { sqsRecord } from "./sqs-record.ts";

const BATCH_SIZE = 10;
const VISIBILITY_MS = 120_000;

interface Waiting {
  readonly body: string;
  visibleAt: number;
  deliveries: number;
}

export interface Consumed {
  /** How often each message was delivered, by its body. */
  readonly deliveries: Readonly<Record<string, number>>;
  /** When each message left the queue, in Unix milliseconds. */
  readonly endedAt: Readonly<Record<string, number>>;
  readonly deadLetters: readonly string[];
}

/**
 * Delivers the messages until none is left. `makeHandler` gets the port by which the handler talks to this queue. Only Date
 * is moved: `movableClock()` has to be in use.
 */
export async function whenQueueIsConsumed(
  bodies: readonly string[],
  maxReceiveCount: number,
  makeHandler: (
    failedMessages: FailedMessages,
  ) => (event: SQSEvent, context: Context) => Promise<SQSBatchResponse>,
): Promise<Consumed> {
  const queue = new Map<string, Waiting>(
    bodies.map((body, i) => [`m${i}`, { body, visibleAt: Date.now(), deliveries: 0 }]),
  );
  const deliveries: Record<string, number> = {};
  const endedAt: Record<string, number> = {};
  const deadLetters: string[] = [];
  const end = (messageId: string, { body, deliveries: count }: Waiting) => {
    queue.delete(messageId);
    deliveries[body] = count;
    endedAt[body] = Date.now();
  };
  const handler = makeHandler({
    deliverLater: async ({ messageId }, seconds) => {
      const waiting = queue.get(messageId);
      if (waiting !== undefined) waiting.visibleAt = Date.now() + seconds * 1000;
    },
    setAside: async ({ body }) => void deadLetters.push(body),
  });

  while (queue.size > 0) {
    jest.setSystemTime(
      Math.max(Date.now(), Math.min(...[...queue.values()].map(({ visibleAt }) => visibleAt))),
    );
    const visible = [...queue].filter(([, { visibleAt }]) => visibleAt <= Date.now());
    const batch: [string, Waiting][] = [];
    for (const [messageId, waiting] of visible.slice(0, BATCH_SIZE)) {
      if (waiting.deliveries === maxReceiveCount) {
        deadLetters.push(waiting.body);
        end(messageId, waiting);
        continue;
      }
      waiting.deliveries += 1;
      waiting.visibleAt = Date.now() + VISIBILITY_MS;
      batch.push([messageId, waiting]);
    }
    if (batch.length === 0) continue;
    const Records = batch.map(([messageId, { body, deliveries: receiveCount }]) =>
      sqsRecord("charge", body, { messageId, receiveCount }),
    );
    const { batchItemFailures } = await handler({ Records }, lambdaContext(20_000));
    const failed = new Set(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
    for (const [messageId, waiting] of batch) if (!failed.has(messageId)) end(messageId, waiting);
  }
  return { deliveries, endedAt, deadLetters };
}
