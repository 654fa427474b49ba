import { describe, expect, it } from "@jest/globals";
import type { SQSRecord } from "aws-lambda";
import fc from "fast-check";
import { queueHandler } from "../../../lib/transport/queue.ts";
import { lambdaContext } from "../../steps/given.ts";

const record = (messageId: string): SQSRecord => ({
  messageId,
  receiptHandle: `receipt-${messageId}`,
  body: messageId,
  attributes: {
    ApproximateReceiveCount: "1",
    SentTimestamp: "0",
    SenderId: "test",
    ApproximateFirstReceiveTimestamp: "0",
  },
  messageAttributes: {},
  md5OfBody: "",
  eventSource: "aws:sqs",
  eventSourceARN: "arn:aws:sqs:us-east-1:000000000000:test",
  awsRegion: "us-east-1",
});

const batch = Array.from({ length: 10 }, (_, i) => `m${i}`);
const reported = async (failing: readonly string[], remainingMs = 10_000) => {
  const handler = queueHandler(async ({ body }) => {
    if (failing.includes(body)) throw new Error("cannot be applied");
  });
  const { batchItemFailures } = await handler({ Records: batch.map(record) }, lambdaContext(remainingMs));
  return batchItemFailures.map(({ itemIdentifier }) => itemIdentifier);
};

describe("given a batch of ten messages", () => {
  it("whichever of them fail, exactly those are reported", async () => {
    await fc.assert(
      fc.asyncProperty(fc.subarray(batch), async (failing) => {
        expect(await reported(failing)).toEqual(failing);
      }),
      { numRuns: 200 },
    );
  });

  it("with no time left, the ones not begun are reported", async () => {
    expect(await reported([], 500)).toEqual(batch);
  });
});
