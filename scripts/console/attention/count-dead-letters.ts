import { GetQueueAttributesCommand, SQSClient } from "@aws-sdk/client-sqs";
import { env } from "../../../lib/env.ts";
import { type ConsumedQueue, deadLetterUrl, queueUrlVariable } from "../../../lib/events/event-queues.ts";

let client: SQSClient | undefined;

/** How many messages of the queue were given up; an approximation, as SQS says it. After `selectQueues`. */
export async function countDeadLetters(queue: ConsumedQueue): Promise<number> {
  client ??= new SQSClient({});
  const { Attributes = {} } = await client.send(
    new GetQueueAttributesCommand({
      QueueUrl: deadLetterUrl(env(queueUrlVariable(queue))),
      AttributeNames: ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"],
    }),
  );
  return (
    Number(Attributes.ApproximateNumberOfMessages ?? 0) +
    Number(Attributes.ApproximateNumberOfMessagesNotVisible ?? 0)
  );
}
