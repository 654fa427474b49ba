/**
 * SQS with Lambda's event source: messages are delivered at least once, in any order, in batches, and again after the visibility
 * timeout unless they were deleted. After the most deliveries, a message goes to the dead-letter queue.
 */

import { fieldOf, fieldsOf, listOf, textOf } from "../../../lib/untrusted.ts";
import type { Lambda } from "../world/lambda.ts";
import type { Schedule } from "../world/schedule.ts";

export interface Message {
  readonly id: string;
  readonly body: string;
  readonly attributes: Readonly<Record<string, unknown>>;
  visibleAt: number;
  deliveries: number;
}

interface Queue {
  readonly name: string;
  readonly messages: Message[];
  running: number;
}

/** As in resources/event-queues.ts. */
const VISIBILITY_MS = 120_000;
const TIMEOUT_MS = 20_000;
const MOST_DELIVERIES = 150;
const MOST_BATCHES_AT_ONCE = 3;
const LARGEST_BATCH = 10;
const DEAD_LETTERS = "-dead-letter";

export class SimulatedQueues {
  readonly #schedule: Schedule;
  readonly #lambda: () => Lambda;
  readonly #queues = new Map<string, Queue>();
  /** How likely a message is delivered to two consumers at once. */
  readonly #twice: number;
  /** Every message that was ever stored. */
  readonly sent: { readonly at: number; readonly queue: string; readonly body: string }[] = [];
  #isCalm = false;
  #count = 0;

  constructor(schedule: Schedule, lambda: () => Lambda) {
    this.#schedule = schedule;
    this.#lambda = lambda;
    this.#twice = schedule.pick([0, 0.05, 0.2]);
  }

  /** No message is delivered twice from now on without a reason. */
  calm(): void {
    this.#isCalm = true;
  }

  /** The messages that are left, in all queues or in the dead-letter queues. */
  left(which: "waiting" | "dead"): Message[] {
    return [...this.#queues.values()]
      .filter(({ name }) => name.endsWith(DEAD_LETTERS) === (which === "dead"))
      .flatMap(({ messages }) => messages);
  }

  run(operation: string, input: object): object {
    const { QueueUrl, MessageBody, MessageAttributes, ReceiptHandle, VisibilityTimeout } = fieldsOf(input);
    const queue = this.#queue(String(QueueUrl).split("/").at(-1) ?? "");
    if (operation === "SendMessage") {
      const id = this.#add(queue, String(MessageBody), fieldsOf(MessageAttributes));
      return { MessageId: id };
    }
    if (operation !== "ChangeMessageVisibility") throw new Error(`${operation} is not simulated`);
    const [id, delivery] = String(ReceiptHandle).split("/");
    const message = queue.messages.find((waiting) => waiting.id === id);
    // A receipt of an earlier delivery hides nothing.
    if (message !== undefined && String(message.deliveries) === delivery)
      this.#hide(queue, message, Number(VisibilityTimeout) * 1000);
    return {};
  }

  #queue(name: string): Queue {
    const queue = this.#queues.get(name) ?? { name, messages: [], running: 0 };
    this.#queues.set(name, queue);
    return queue;
  }

  #add(queue: Queue, body: string, attributes: Readonly<Record<string, unknown>>): string {
    this.#count += 1;
    const message: Message = {
      id: `message-${this.#count}`,
      body,
      attributes,
      visibleAt: this.#schedule.now,
      deliveries: 0,
    };
    queue.messages.push(message);
    this.sent.push({ at: this.#schedule.now, queue: queue.name, body });
    this.#hide(queue, message, 0);
    return message.id;
  }

  #hide(queue: Queue, message: Message, ms: number): void {
    message.visibleAt = this.#schedule.now + ms;
    if (!queue.name.endsWith(DEAD_LETTERS))
      this.#schedule.later(`poll ${queue.name}`, ms, () => this.#poll(queue));
  }

  /** Takes some of the visible messages, and invokes the consumer. */
  #poll(queue: Queue): void {
    if (queue.running >= MOST_BATCHES_AT_ONCE) return;
    const visible = queue.messages.filter(({ visibleAt }) => visibleAt <= this.#schedule.now);
    const batch = visible.slice(0, 1 + this.#schedule.below(LARGEST_BATCH));
    if (batch.length === 0) return;
    for (const message of batch) {
      message.deliveries += 1;
      if (message.deliveries > MOST_DELIVERIES) this.#giveUp(queue, message);
      const isTwice = !this.#isCalm && this.#schedule.chance(this.#twice);
      this.#hide(queue, message, isTwice ? this.#schedule.below(3_000) : VISIBILITY_MS);
    }
    if (visible.length > batch.length) this.#schedule.later(`poll ${queue.name}`, 0, () => this.#poll(queue));
    void this.#deliver(queue, batch);
  }

  #giveUp(queue: Queue, message: Message): void {
    queue.messages.splice(queue.messages.indexOf(message), 1);
    this.#add(this.#queue(`${queue.name}${DEAD_LETTERS}`), message.body, message.attributes);
  }

  async #deliver(queue: Queue, batch: readonly Message[]): Promise<void> {
    queue.running += 1;
    const event = { Records: batch.map((message) => recordOf(queue, message)) };
    const outcome = await this.#lambda().invoke(`on-${queue.name}-event`, event, TIMEOUT_MS);
    queue.running -= 1;
    if (outcome.kind === "response") {
      const failed = listOf(fieldOf(outcome.value, "batchItemFailures")).map((failure) =>
        textOf(fieldOf(failure, "itemIdentifier")),
      );
      for (const message of batch) {
        const place = queue.messages.indexOf(message);
        if (!failed.includes(message.id) && place >= 0) queue.messages.splice(place, 1);
      }
    }
    this.#schedule.later(`poll ${queue.name}`, 0, () => this.#poll(queue));
  }
}

/** As Lambda gives it to a consumer. */
function recordOf(queue: Queue, { id, body, attributes, deliveries }: Message): object {
  return {
    messageId: id,
    receiptHandle: `${id}/${deliveries}`,
    body,
    attributes: {
      ApproximateReceiveCount: String(deliveries),
      SentTimestamp: "0",
      SenderId: "simulated",
      ApproximateFirstReceiveTimestamp: "0",
    },
    messageAttributes: Object.fromEntries(
      Object.entries(attributes).map(([name, attribute]) => {
        const { DataType, StringValue, BinaryValue } = fieldsOf(attribute);
        return [
          name,
          {
            dataType: DataType,
            ...(StringValue === undefined ? {} : { stringValue: StringValue }),
            ...(BinaryValue instanceof Uint8Array
              ? { binaryValue: Buffer.from(BinaryValue).toString("base64") }
              : {}),
          },
        ];
      }),
    ),
    md5OfBody: "",
    eventSource: "aws:sqs",
    eventSourceARN: `arn:aws:sqs:us-east-1:000000000000:${queue.name}`,
    awsRegion: "us-east-1",
  };
}
