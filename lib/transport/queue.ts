/**
 * The SQS transport: every record of a batch is handled separately, and exactly the failed ones are reported back
 * (ReportBatchItemFailures), so that one poison message never fails its neighbours. Records are handled concurrently,
 * in any order: consumers assume none, and a record that hangs does not block another. Only copies of one message are
 * handled one after another. Concurrently, all but one of them would find the event leased, and fail.
 *
 * An event of Stripe's that no function of this stage has sent to this queue is refused. It ends in the dead-letter queue:
 * docs/repair.md says what to do.
 */
import middy from "@middy/core";
import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from "aws-lambda";
import type { TimeLimit } from "../call-context.ts";
import { asProblem, Problem } from "../errors.ts";
import type { SignedQueue } from "../events/event-queues.ts";
import { subjectsOfMessage } from "../events/event-subjects.ts";
import { senderOf } from "../events/message-mac.ts";
import type { QueueMessage } from "../events/queue-message.ts";
import { redelivery } from "../events/redelivery.ts";
import { isLogged, logCall } from "../log.ts";
import { appSecrets } from "../secrets/secrets.ts";
import { startUp } from "../start-up.ts";
import { type FailedMessages, failedMessagesOf } from "./failed-messages.ts";
import { lambdaCall } from "./lambda-call.ts";

/** Reserved before the Lambda's timeout for the report: without a report, the whole batch would be delivered again. */
const RESERVED_MS = 1_000;
/** The part of it in which SQS can be told about records that were not handled in time. */
const TELL_MS = 700;
/** How many records of one batch are handled concurrently: the whole batch, unless `batchSize` is larger. */
const CONCURRENT_RECORDS = 10;

type Consume = (message: QueueMessage) => Promise<void>;

/** By stage, for the alarm, and by stage and reason. */
const ONE_REJECTION = [["stage"], ["stage", "reason"]].map((dimensions) => ({
  dimensions,
  values: { MessageRejections: 1 },
}));

interface Consumer {
  readonly consume: Consume;
  /** Throws if the message comes from nobody whom the queue's consumer believes. */
  readonly checkSender: (record: SQSRecord, receiveCount: number) => Promise<void>;
}

/** Handles one record; false if it must be delivered again. */
type Handle = (record: SQSRecord, limit: TimeLimit, overtime: Promise<"overtime">) => Promise<boolean>;

/**
 * A Lambda handler that passes each record of `queue` to `consume`. A record is delivered again if `consume` throws, or has
 * not begun or ended a second before the Lambda's timeout: see redelivery.ts. A message that is in the batch twice is
 * handled once.
 */
export function queueHandler(
  queue: SignedQueue,
  consume: Consume,
  failedMessages = failedMessagesOf(queue),
): QueueHandler {
  const checkSender: Consumer["checkSender"] = (record, count) => refuseForeign(queue, record, count);
  return handlerOf({ consume, checkSender }, failedMessages);
}

/**
 * The same for what SES reports about our mails. SES does not sign, so only its topic may send to the queue
 * (resources/mail-events.ts), and `consume` believes a report only about a mail whose mark it knows.
 */
export function mailQueueHandler(consume: Consume, failedMessages = failedMessagesOf("mail")): QueueHandler {
  return handlerOf({ consume, checkSender: async () => undefined }, failedMessages);
}

type QueueHandler = (event: SQSEvent, context: Context) => Promise<SQSBatchResponse>;

function handlerOf(consumer: Consumer, failedMessages: FailedMessages): QueueHandler {
  startUp();
  const handle: Handle = async (record, limit, overtime) => {
    const problem = await failureOf(record, limit, overtime, consumer);
    return problem === undefined || isSetAside(record, problem, limit, failedMessages);
  };
  return middy<SQSEvent, SQSBatchResponse>().handler(async ({ Records }, context) => {
    const records = new Map(Records.map((record) => [record.messageId, record]));
    const done = await handled([...records.values()], lambdaCall(context, RESERVED_MS), handle);
    const notDone = [...records.keys()].filter((messageId) => !done.has(messageId));
    return { batchItemFailures: notDone.map((messageId) => ({ itemIdentifier: messageId })) };
  });
}

/** The ids of the records that need not be delivered again. */
async function handled(
  records: readonly SQSRecord[],
  { deadline, now }: TimeLimit,
  handle: Handle,
): Promise<ReadonlySet<string>> {
  const done = new Set<string>();
  let timer: NodeJS.Timeout | undefined;
  const overtime = new Promise<"overtime">((resolve) => {
    timer = setTimeout(() => resolve("overtime"), Math.max(0, deadline - now().getTime()));
  });
  const waiting = Map.groupBy(records, ({ body }) => body).values();
  const work = async () => {
    // Each worker takes the next group of copies that no other has taken.
    for (const copies of waiting) {
      for (const record of copies) {
        if (now().getTime() >= deadline) return;
        if (await handle(record, { deadline, now }, overtime)) done.add(record.messageId);
      }
    }
  };
  await Promise.all(Array.from({ length: CONCURRENT_RECORDS }, work));
  clearTimeout(timer);
  return done;
}

/** Why `consume` failed, logged; undefined if it succeeded. */
async function failureOf(
  record: SQSRecord,
  limit: TimeLimit,
  overtime: Promise<"overtime">,
  { consume, checkSender }: Consumer,
): Promise<Problem | undefined> {
  const { messageId, body, attributes } = record;
  const receiveCount = Number(attributes.ApproximateReceiveCount);
  const work = async () => {
    await checkSender(record, receiveCount);
    await consume({ messageId, body, receiveCount, ...limit });
  };
  try {
    if ((await Promise.race([work(), overtime])) === "overtime")
      throw new Problem("TIMEOUT", `Message ${messageId} was not handled in time`);
    return undefined;
  } catch (thrown) {
    const problem = asProblem(thrown);
    if (!isLogged(problem)) {
      logCall(
        {
          event: "queue.message-failed",
          requestId: messageId,
          ...subjectsOfMessage(body),
          receiveCount,
          outcome: "failed",
        },
        problem,
      );
    }
    return problem;
  }
}

/**
 * Decides what follows the failure, and tells SQS. False if the message is delivered again. If SQS does not respond, that
 * happens after the queue's visibility timeout.
 */
async function isSetAside(
  record: SQSRecord,
  problem: Problem,
  { deadline, now }: TimeLimit,
  failedMessages: FailedMessages,
): Promise<boolean> {
  const { messageId, body, attributes } = record;
  const receiveCount = Number(attributes.ApproximateReceiveCount);
  const fields = { requestId: messageId, ...subjectsOfMessage(body), receiveCount };
  const next = redelivery(problem, receiveCount, Math.random());
  // A report that comes too late would fail the whole batch.
  const timeLeftMs = Math.max(0, deadline + TELL_MS - now().getTime());
  try {
    if (next.kind === "later") await within(timeLeftMs, failedMessages.deliverLater(record, next.seconds));
    if (next.kind !== "set-aside") return false;
    await within(timeLeftMs, failedMessages.setAside(record));
    logCall({ event: "queue.message-set-aside", ...fields, outcome: "rejected" });
    return true;
  } catch (thrown) {
    logCall({ event: "queue.redelivery-failed", ...fields, outcome: "failed" }, asProblem(thrown));
    return false;
  }
}

/** Waits for the work, but no longer than this: then throws SERVICE_UNAVAILABLE. */
async function within(milliseconds: number, work: Promise<void>): Promise<void> {
  const { promise: tooLate, reject } = Promise.withResolvers<void>();
  const timer = setTimeout(
    () => reject(new Problem("SERVICE_UNAVAILABLE", "SQS did not respond in time")),
    milliseconds,
  );
  await Promise.race([work, tooLate]).finally(() => clearTimeout(timer));
}

/** Throws BAD_REQUEST for a message without the MAC of this stage for this queue. */
async function refuseForeign(
  queue: SignedQueue,
  { messageId, body, messageAttributes }: SQSRecord,
  receiveCount: number,
): Promise<void> {
  const sender = senderOf(queue, { body, attributes: messageAttributes }, await appSecrets());
  if (sender === "us") return;
  const problem = new Problem("BAD_REQUEST", `No function of this stage has sent message ${messageId}`);
  logCall(
    {
      event: "queue.message-distrusted",
      requestId: messageId,
      queue,
      receiveCount,
      outcome: "rejected",
      reason: sender,
    },
    problem,
    ONE_REJECTION,
  );
  throw problem;
}
