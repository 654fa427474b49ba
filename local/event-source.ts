/**
 * SQS event source mappings as Lambda runs them: they poll, invoke the function once per batch, and delete the messages
 * that were handled. A failed message stays in the queue, becomes visible again after the queue's visibility timeout,
 * and is moved to the dead-letter queue by the queue itself.
 */

import { setTimeout } from "node:timers/promises";
import {
  DeleteMessageBatchCommand,
  GetQueueAttributesCommand,
  type Message,
  type MessageAttributeValue,
  type QueueAttributeName,
  ReceiveMessageCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import type { SQSBatchResponse, SQSMessageAttributes, SQSRecord } from "aws-lambda";
import { present } from "../lib/present.ts";
import { fieldOf, textOf } from "../lib/untrusted.ts";
import type { InvokeFunction } from "./lambda/invocation.ts";
import { LOCAL_CREDENTIALS } from "./local-credentials.ts";

export interface QueueMapping {
  readonly queueUrl: string;
  readonly queueArn: string;
  readonly functionName: string;
  /** At most 10 here: one receive call fills a batch. Lambda's default is 10. */
  readonly batchSize: number;
  /** Whether the function reports failed records (`functionResponseType: ReportBatchItemFailures`). */
  readonly reportsFailures: boolean;
}

export interface EventSourceOptions {
  readonly mappings: readonly QueueMapping[];
  readonly endpoint: string;
  readonly region: string;
  readonly invoke: InvokeFunction;
  /** Batches of one queue that are handled at a time; by default five, with which Lambda starts. */
  readonly concurrency?: number;
  /** Called for every error. Polling continues after it. */
  readonly onError: (message: string, error?: unknown) => void;
}

const DEFAULT_CONCURRENCY = 5;
/**
 * Short for a long poll, because a poll is never aborted: SQS would hand a message to a caller that is gone, and nobody
 * would see that message before the visibility timeout. So this is also the longest that `stop` waits for a quiet
 * queue.
 */
const LONG_POLL_SECONDS = 1;
const PAUSE_AFTER_ERROR_MS = 1_000;
const DRAIN_CHECK_MS = 20;
/** How many looks in a row find nothing to do before messages that are invisible count as waiting for another try. */
const QUIET_LOOKS = 2;

export interface EventSource {
  /**
   * Resolves once no batch is being handled and every message either is gone or waits for another try, or after
   * `limitMs`.
   */
  drained(limitMs: number): Promise<void>;
  /** Waits for the open polls and for the batches that are being handled. */
  stop(): Promise<void>;
}

/** What is being handled, from all queues. */
interface Work {
  readonly inHand: Set<Promise<void>>;
  /** The batches that have been begun so far. */
  begun: number;
}

/** Starts polling. */
export function startEventSource(options: EventSourceOptions): EventSource {
  const work: Work = { inHand: new Set(), begun: 0 };
  const client = new SQSClient({
    endpoint: options.endpoint,
    region: options.region,
    credentials: LOCAL_CREDENTIALS,
    // The loop itself is the retry.
    maxAttempts: 1,
  });
  const stopping = new AbortController();
  const pollers = options.mappings.map((mapping) => poll(client, mapping, options, stopping.signal, work));
  return {
    drained: (limitMs) =>
      drained(
        work,
        () => messagesIn(client, options.mappings),
        AbortSignal.any([stopping.signal, AbortSignal.timeout(limitMs)]),
      ),
    stop: async () => {
      stopping.abort();
      await Promise.all(pollers);
      client.destroy();
    },
  };
}

async function drained(
  work: Work,
  look: () => Promise<{ readonly visible: number; readonly invisible: number }>,
  limit: AbortSignal,
): Promise<void> {
  const ended = new Promise((resolve) => limit.addEventListener("abort", resolve, { once: true }));
  let quietLooks = 0;
  while (!limit.aborted) {
    if (work.inHand.size > 0) {
      quietLooks = 0;
      await Promise.race([...work.inHand, ended]);
      continue;
    }
    const { begun } = work;
    const { visible, invisible } = await look();
    const isQuiet = visible === 0 && work.begun === begun;
    if (isQuiet && invisible === 0) return;
    // The invisible ones wait for another try; or they were received just now, and will be in hand in a moment.
    quietLooks = isQuiet ? quietLooks + 1 : 0;
    if (quietLooks === QUIET_LOOKS) return;
    await pause(DRAIN_CHECK_MS, limit);
  }
}

async function poll(
  client: SQSClient,
  mapping: QueueMapping,
  options: EventSourceOptions,
  stopping: AbortSignal,
  work: Work,
): Promise<void> {
  const inHand = new Set<Promise<void>>();
  while (!stopping.aborted) {
    try {
      const messages = await receive(client, mapping);
      if (messages.length === 0) continue;
      const batch = handle(client, mapping, options, messages).finally(() => {
        inHand.delete(batch);
        work.inHand.delete(batch);
      });
      inHand.add(batch);
      work.inHand.add(batch);
      work.begun += 1;
      if (inHand.size >= (options.concurrency ?? DEFAULT_CONCURRENCY)) await Promise.race(inHand);
    } catch (error) {
      options.onError(`Polling ${mapping.queueArn} failed`, error);
      await pause(PAUSE_AFTER_ERROR_MS, stopping);
    }
  }
  await Promise.all(inHand);
}

/** The messages in all queues: those that can be received now, and those that were received and not deleted. */
async function messagesIn(
  client: SQSClient,
  mappings: readonly QueueMapping[],
): Promise<{ readonly visible: number; readonly invisible: number }> {
  const AttributeNames: QueueAttributeName[] = [
    "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesNotVisible",
  ];
  const counts = await Promise.all(
    mappings.map(({ queueUrl: QueueUrl }) =>
      client.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames })),
    ),
  );
  const sumOf = (name: QueueAttributeName) =>
    counts.reduce((sum, { Attributes }) => sum + Number(Attributes?.[name] ?? 0), 0);
  return {
    visible: sumOf("ApproximateNumberOfMessages"),
    invisible: sumOf("ApproximateNumberOfMessagesNotVisible"),
  };
}

async function receive(client: SQSClient, mapping: QueueMapping): Promise<Message[]> {
  const { Messages } = await client.send(
    new ReceiveMessageCommand({
      QueueUrl: mapping.queueUrl,
      MaxNumberOfMessages: Math.min(mapping.batchSize, 10),
      WaitTimeSeconds: LONG_POLL_SECONDS,
      MessageSystemAttributeNames: ["All"],
      MessageAttributeNames: ["All"],
    }),
  );
  return Messages ?? [];
}

async function handle(
  client: SQSClient,
  mapping: QueueMapping,
  options: EventSourceOptions,
  messages: readonly Message[],
): Promise<void> {
  try {
    const Records = messages.map((message) => sqsRecord(message, mapping.queueArn, options.region));
    const invocation = await options.invoke(mapping.functionName, { Records });
    if (invocation.outcome === "failed") {
      options.onError(
        `${mapping.functionName} failed, its batch stays in the queue: ${invocation.errorType}`,
      );
      return;
    }
    const failed = mapping.reportsFailures ? failedIds(invocation.payload, messages) : new Set<string>();
    await remove(
      client,
      mapping,
      messages.filter((message) => !failed.has(message.MessageId ?? "")),
    );
  } catch (error) {
    options.onError(`${mapping.functionName} was not invoked, its batch stays in the queue`, error);
  }
}

/**
 * Ids of the records that the function reports as failed. A result that Lambda cannot read, or that names an unknown
 * record, fails the whole batch: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
 */
function failedIds(payload: unknown, messages: readonly Message[]): Set<string> {
  const all = new Set(messages.map((message) => message.MessageId ?? ""));
  if (payload === null || payload === undefined) return new Set();
  if (typeof payload !== "object") return all;
  const failures = fieldOf(payload, "batchItemFailures");
  if (failures === null || failures === undefined) return new Set();
  if (!isFailureList(failures)) return all;
  const reported = failures.map((failure) => failure.itemIdentifier);
  return reported.every((id) => all.has(id)) ? new Set(reported) : all;
}

function isFailureList(value: unknown): value is SQSBatchResponse["batchItemFailures"] {
  return (
    Array.isArray(value) && value.every((failure) => textOf(fieldOf(failure, "itemIdentifier")) !== undefined)
  );
}

async function remove(client: SQSClient, mapping: QueueMapping, messages: readonly Message[]): Promise<void> {
  if (messages.length === 0) return;
  await client.send(
    new DeleteMessageBatchCommand({
      QueueUrl: mapping.queueUrl,
      Entries: messages.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle })),
    }),
  );
}

function sqsRecord(message: Message, queueArn: string, region: string): SQSRecord {
  const attributes = message.Attributes ?? {};
  return {
    messageId: message.MessageId ?? "",
    receiptHandle: message.ReceiptHandle ?? "",
    body: message.Body ?? "",
    attributes: {
      ...attributes,
      ApproximateReceiveCount: attributes.ApproximateReceiveCount ?? "1",
      SentTimestamp: attributes.SentTimestamp ?? "",
      SenderId: attributes.SenderId ?? "",
      ApproximateFirstReceiveTimestamp: attributes.ApproximateFirstReceiveTimestamp ?? "",
    },
    messageAttributes: messageAttributes(message.MessageAttributes ?? {}),
    ...present({ md5OfMessageAttributes: message.MD5OfMessageAttributes }),
    md5OfBody: message.MD5OfBody ?? "",
    eventSource: "aws:sqs",
    eventSourceARN: queueArn,
    awsRegion: region,
  };
}

/** Lambda starts these names with a lower-case letter, and encodes bytes as base64. */
function messageAttributes(attributes: Record<string, MessageAttributeValue>): SQSMessageAttributes {
  const converted: SQSMessageAttributes = {};
  for (const [name, attribute] of Object.entries(attributes)) {
    converted[name] = {
      ...present({ stringValue: attribute.StringValue }),
      ...(attribute.BinaryValue === undefined
        ? {}
        : { binaryValue: Buffer.from(attribute.BinaryValue).toString("base64") }),
      stringListValues: [],
      binaryListValues: [],
      dataType: attribute.DataType ?? "String",
    };
  }
  return converted;
}

async function pause(milliseconds: number, stopping: AbortSignal): Promise<void> {
  await setTimeout(milliseconds, undefined, { signal: stopping }).catch(() => {});
}
