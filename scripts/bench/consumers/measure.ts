/** The process that measures: each contender handles batches of ten new events. Sends the figures to its parent. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from "aws-lambda";
import { env } from "../../../lib/env.ts";
import { signedAttributes } from "../../../lib/events/message-mac.ts";
import { STRIPE_API_VERSION } from "../../../lib/stripe/api-version.ts";
import { interleave, type Spread } from "../frame/interleave.ts";

/** Milliseconds for an event, and how many times as long as the floor in the same round. */
export interface ConsumerTimes {
  readonly floor: Spread;
  readonly ours: Spread;
  readonly ratio: Spread;
}

type Handle = (event: SQSEvent, context: Context) => Promise<SQSBatchResponse>;

const ROUNDS = 41;
const BATCHES_PER_ROUND = 3;
const BATCH = 10;

const requireBundle = createRequire(import.meta.url);
const handlerOf = (name: string): Handle => requireBundle(join(env("BUNDLES"), `${name}.cjs`)).handler;
const file = join(import.meta.dirname, "../../../events/stripe/charge.refunded.json");
const sample = JSON.stringify({ ...JSON.parse(readFileSync(file, "utf8")), api_version: STRIPE_API_VERSION });

let events = 0;
function newRecord(): SQSRecord {
  events += 1;
  const body = sample.replaceAll(/"(evt|ch)_\w+"/g, `"$1_bench${events}"`);
  return {
    messageId: `message-${events}`,
    receiptHandle: "receipt",
    body,
    attributes: {
      ...{ ApproximateReceiveCount: "1", SentTimestamp: "0", SenderId: "bench" },
      ApproximateFirstReceiveTimestamp: "0",
    },
    messageAttributes: { ...signedAttributes("charge", body, [env("APP_SECRET")]) },
    ...{ md5OfBody: "", eventSource: "aws:sqs", eventSourceARN: "arn:aws:sqs:us-east-1:000000000000:charge" },
    awsRegion: "us-east-1",
  };
}

async function msPerEvent(handle: Handle): Promise<number> {
  const batches = Array.from({ length: BATCHES_PER_ROUND }, () => Array.from({ length: BATCH }, newRecord));
  const startedAt = performance.now();
  for (const Records of batches) {
    const { batchItemFailures } = await handle({ Records }, context);
    if (batchItemFailures.length > 0) throw new Error("An event of the benchmark failed");
  }
  return (performance.now() - startedAt) / BATCHES_PER_ROUND / BATCH;
}

const nothing = () => undefined;
const context: Context = {
  ...{
    callbackWaitsForEmptyEventLoop: false,
    functionName: "consumer",
    functionVersion: "1",
    invokedFunctionArn: "",
  },
  ...{ memoryLimitInMB: "512", awsRequestId: "request", logGroupName: "", logStreamName: "" },
  ...{ getRemainingTimeInMillis: () => 20_000, done: nothing, fail: nothing, succeed: nothing },
};

const [floor, ours] = [handlerOf("floor"), handlerOf("ours")];
const measured = await interleave(
  { floor: () => msPerEvent(floor), ours: () => msPerEvent(ours) },
  { rounds: ROUNDS, warmUp: 6 },
);
process.send?.({
  floor: measured.of("floor"),
  ours: measured.of("ours"),
  ratio: measured.ratio("ours", "floor"),
} satisfies ConsumerTimes);
