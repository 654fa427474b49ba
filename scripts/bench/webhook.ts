/** `npm run bench -- webhook`: what it costs to receive an event safely, against the least that a webhook must do. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LOCAL_CREDENTIALS } from "../../local/local-credentials.ts";
import type { Benchmark, Figure } from "./frame/benchmark.ts";
import { CONTENDERS, FLOOR } from "./webhook/contenders.ts";
import type { Result } from "./webhook/measure.ts";

const LEAST_RATIO = 0.95;

export const benchmark: Benchmark = {
  purpose:
    "Events that the webhook receives, against bare verification plus SendMessage and what people write today",
  takes: "40 s",
  notes: [
    "The same events of 4 KB, one after another, as deployed. SQS and DynamoDB are a process that accepts every request at once.",
    "A ratio compares events per second in the same round; the median of 61 rounds counts. CPU: of the receiving process alone.",
  ],
  run,
};

async function run(): Promise<readonly Figure[]> {
  const { bundleAsDeployed } = await import("./frame/as-deployed.ts");
  const { resultOf, startProcess } = await import("./frame/other-process.ts");
  const BUNDLES = mkdtempSync(join(tmpdir(), "bench-webhook-"));
  const services = await startProcess<number>("webhook/stand-in.ts");
  try {
    const entries = Object.entries(CONTENDERS).map(([name, { entry }]) => [name, entry]);
    await bundleAsDeployed(Object.fromEntries(entries), BUNDLES);
    const url = `http://127.0.0.1:${services.told}`;
    const results = await resultOf<Record<string, Result>>("webhook/measure.ts", {
      BUNDLES,
      STAGE: "dev",
      APP_SECRET: "app-secret-of-the-benchmark",
      STRIPE_WEBHOOK_SECRET: "whsec_benchmark",
      PAYMENT_INTENT_EVENTS_QUEUE_URL: `${url}/000000000000/payment-intent`,
      AWS_REGION: "us-east-1",
      AWS_ACCESS_KEY_ID: LOCAL_CREDENTIALS.accessKeyId,
      AWS_SECRET_ACCESS_KEY: LOCAL_CREDENTIALS.secretAccessKey,
      AWS_ENDPOINT_URL_SQS: url,
      AWS_ENDPOINT_URL_DYNAMODB: url,
    });
    return Object.entries(results).map(([name, result]) => figureOf(name, result));
  } finally {
    services.stop();
    rmSync(BUNDLES, { recursive: true, force: true });
  }
}

function figureOf(name: string, { ratio, perSecond, cpuMs }: Result): Figure {
  const contender = CONTENDERS[name];
  return {
    what: contender?.what ?? name,
    value: name === FLOOR ? 1 : ratio.median,
    unit: "x",
    ...(name === "ours" ? { bar: { atLeast: LEAST_RATIO } } : {}),
    details: {
      "events/s, median": perSecond.median.toFixed(0),
      best: perSecond.maximum.toFixed(0),
      "cpu ms, median": cpuMs.median.toFixed(2),
      least: cpuMs.minimum.toFixed(2),
      guarantees: contender?.guarantees ?? "",
    },
  };
}
