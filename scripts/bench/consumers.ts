/** `npm run bench -- consumers`: what applying an event exactly once costs, against applying it. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LOCAL_CREDENTIALS } from "../../local/local-credentials.ts";
import { TABLES, tableId, tableVariable } from "../../resources/tables.ts";
import type { ConsumerTimes } from "./consumers/measure.ts";
import type { Benchmark, Figure } from "./frame/benchmark.ts";

export const benchmark: Benchmark = {
  purpose: "An event consumer, against the same work without the inbox and the audit log",
  takes: "30 s",
  notes: [
    "functions/on-charge-event as deployed, with batches of ten new events. DynamoDB, SQS and SNS are a process that accepts every request at once.",
    "The median of 41 rounds counts. What the difference buys: each event takes effect once, and leaves an entry.",
  ],
  run,
};

async function run(): Promise<readonly Figure[]> {
  const { bundleAsDeployed } = await import("./frame/as-deployed.ts");
  const { resultOf, startProcess } = await import("./frame/other-process.ts");
  const BUNDLES = mkdtempSync(join(tmpdir(), "bench-consumers-"));
  const services = await startProcess<number>("frame/accepting-services.ts");
  try {
    await bundleAsDeployed(
      { ours: "functions/on-charge-event/handler.ts", floor: "scripts/bench/consumers/without-inbox.ts" },
      BUNDLES,
    );
    const url = `http://127.0.0.1:${services.told}`;
    const { floor, ours, ratio } = await resultOf<ConsumerTimes>("consumers/measure.ts", {
      ...Object.fromEntries(TABLES.map((table) => [tableVariable(table), tableId(table)])),
      ...{ BUNDLES, STAGE: "dev", APP_SECRET: "app-secret-of-the-benchmark", AUDIT_RETENTION_DAYS: "400" },
      AUDIT_ARCHIVE: "on",
      NOTIFICATIONS_TOPIC_ARN: "arn:aws:sns:us-east-1:000000000000:notifications",
      CHARGE_EVENTS_QUEUE_URL: `${url}/000000000000/charge`,
      AWS_REGION: "us-east-1",
      AWS_ACCESS_KEY_ID: LOCAL_CREDENTIALS.accessKeyId,
      AWS_SECRET_ACCESS_KEY: LOCAL_CREDENTIALS.secretAccessKey,
      ...{ AWS_ENDPOINT_URL_DYNAMODB: url, AWS_ENDPOINT_URL_SQS: url, AWS_ENDPOINT_URL_SNS: url },
    });
    return [
      { what: "the floor: record, end waits, notify", value: 1, unit: "x", details: spread(floor) },
      { what: "functions/on-charge-event", value: ratio.median, unit: "x", details: spread(ours) },
    ];
  } finally {
    services.stop();
    rmSync(BUNDLES, { recursive: true, force: true });
  }
}

const spread = ({ median, minimum }: ConsumerTimes["ours"]) => ({
  "ms an event, median": median.toFixed(2),
  least: minimum.toFixed(2),
});
