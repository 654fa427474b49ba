/**
 * The SQS transport: every record of a batch is handled by itself, and exactly the failed ones are reported back
 * (ReportBatchItemFailures), so that one poison message never takes its neighbours with it.
 */
import middy from "@middy/core";
import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from "aws-lambda";
import { asProblem } from "../errors.ts";
import type { QueueMessage } from "../events/queue-message.ts";
import { isLogged, logCall } from "../log.ts";
import { startUp } from "../start-up.ts";

/** Time kept back from the deadline: a record that is not begun by then is left for the next delivery. */
const RESERVED_MS = 1_000;

/** A Lambda handler that gives each record to `consume`; a record whose `consume` throws is delivered again. */
export function queueHandler(
  consume: (message: QueueMessage) => Promise<void>,
): (event: SQSEvent, context: Context) => Promise<SQSBatchResponse> {
  startUp();
  return middy<SQSEvent, SQSBatchResponse>().handler(async (event, context) => {
    const batchItemFailures = [];
    for (const record of event.Records) {
      if (context.getRemainingTimeInMillis() < RESERVED_MS || !(await consumed(record, context, consume))) {
        batchItemFailures.push({ itemIdentifier: record.messageId });
      }
    }
    return { batchItemFailures };
  });
}

async function consumed(
  record: SQSRecord,
  context: Context,
  consume: (message: QueueMessage) => Promise<void>,
): Promise<boolean> {
  try {
    await consume({
      messageId: record.messageId,
      body: record.body,
      receiveCount: Number(record.attributes.ApproximateReceiveCount),
      deadline: Date.now() + context.getRemainingTimeInMillis(),
    });
    return true;
  } catch (thrown) {
    const problem = asProblem(thrown);
    if (!isLogged(problem)) {
      logCall(
        {
          event: "queue.message-failed",
          requestId: record.messageId,
          receiveCount: Number(record.attributes.ApproximateReceiveCount),
          outcome: "failed",
        },
        problem,
      );
    }
    return false;
  }
}
