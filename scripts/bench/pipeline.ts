/** `npm run bench -- pipeline`: what the pipeline itself costs for each call. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Benchmark, Figure } from "./frame/benchmark.ts";
import type { PipelineTimes } from "./pipeline/measure.ts";

/** Milliseconds for a warm call, in addition to those of its operation. */
const MOST_MS = 0.15;

export const benchmark: Benchmark = {
  purpose:
    "CPU time of the pipeline for a warm call (parse, authorise, claim, run, check, record), without its I/O",
  takes: "10 s",
  notes: [
    "stripe-create-payment-intent with its contract and the shipped policies. The operation only returns, and writes to DynamoDB succeed at once.",
    "Median of 41 rounds of 250 calls; the log line is written.",
  ],
  run,
};

async function run(): Promise<readonly Figure[]> {
  const { bundleAsDeployed } = await import("./frame/as-deployed.ts");
  const { resultOf } = await import("./frame/other-process.ts");
  const folder = mkdtempSync(join(tmpdir(), "bench-pipeline-"));
  try {
    await bundleAsDeployed({ calls: "scripts/bench/pipeline/calls.ts" }, folder, {
      "lib/aws/dynamodb.ts": "scripts/bench/pipeline/dynamodb-stand-in.ts",
    });
    const { pipeline, bare } = await resultOf<PipelineTimes>("pipeline/measure.ts", {
      BUNDLE: join(folder, "calls.cjs"),
      STAGE: "dev",
      APP_SECRET: "app-secret-of-the-benchmark",
      ...{ AUDIT_LOG_TABLE: "audit", IDEMPOTENCY_KEYS_TABLE: "keys", USAGE_COUNTERS_TABLE: "usage" },
      AUDIT_RETENTION_DAYS: "400",
      AUDIT_ARCHIVE: "on",
    });
    return [
      {
        what: "the pipeline's own time for a call",
        value: pipeline.median - bare.median,
        unit: "ms",
        bar: { atMost: MOST_MS },
        details: { least: (pipeline.minimum - bare.minimum).toFixed(3) },
      },
      {
        what: "the operation alone",
        value: bare.median,
        unit: "ms",
        details: { least: bare.minimum.toFixed(3) },
      },
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
