/** Hands the messages of the event queues to their consumers. */
import { DeleteMessageCommand, ReceiveMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { EVENT_QUEUES, type EventQueue, queueUrlVariable } from "../../../lib/events/event-queues.ts";
import { fieldsOf, listOf } from "../../../lib/untrusted.ts";
import { LOCAL_CREDENTIALS } from "../../../local/local-credentials.ts";
import { handlerOf } from "./counted-functions.ts";
import { lambdaContext, sqsEvent } from "./lambda-events.ts";

const REGION = "us-east-1";

export class CountedQueues {
  readonly #sqs: SQSClient;
  readonly #urls: ReadonlyMap<EventQueue, string>;

  /** `endpoint`: that of SQS itself. Lambda's own requests to it are not counted. */
  constructor(endpoint: string) {
    this.#sqs = new SQSClient({ endpoint, region: REGION, credentials: LOCAL_CREDENTIALS });
    this.#urls = new Map(
      EVENT_QUEUES.map((queue) => [queue, process.env[queueUrlVariable(queue)] ?? ""] as const),
    );
  }

  /** Lets the functions send through `front`: the SDK calls the host of a queue's URL. */
  sendThrough(endpoint: string, front: string): void {
    for (const [queue, url] of this.#urls)
      process.env[queueUrlVariable(queue)] = url.replace(endpoint, front);
  }

  /** Consumes the next message. Throws if there is none, or if it is not consumed. */
  async consume(queue: EventQueue): Promise<void> {
    const QueueUrl = this.#urls.get(queue);
    const { Messages = [] } = await this.#sqs.send(
      new ReceiveMessageCommand({ QueueUrl, MessageAttributeNames: ["All"], WaitTimeSeconds: 1 }),
    );
    const [message] = Messages;
    if (message === undefined) throw new Error(`The queue ${queue} is empty`);
    const consumer = await handlerOf(`on-${queue}-event`);
    const event = sqsEvent(message, `arn:aws:sqs:${REGION}:000000000000:${queue}`);
    const { batchItemFailures } = fieldsOf(await consumer(event, lambdaContext()));
    if (listOf(batchItemFailures).length > 0) throw new Error(`${message.Body} was not consumed`);
    await this.#sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: message.ReceiptHandle }));
  }

  close(): void {
    this.#sqs.destroy();
  }
}
