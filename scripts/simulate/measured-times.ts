/** The measured service times: scripts/simulate/measured-times.json, which `npm run simulate -- --measure` writes. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export interface MeasuredTimes {
  /** UTC. */
  readonly date: string;
  readonly command: string;
  readonly machine: string;
  /** Milliseconds of a warm invocation on the local stack, by function: the fastest of many. */
  readonly functions: Readonly<Record<string, number>>;
  /** For functions that write no log line. */
  readonly others: number;
  /** What a call takes longer on AWS than on the local stack: assumptions of scripts/cost/durations.yml. */
  readonly callToAwsMs: number;
  readonly requestToStripeMs: number;
}

const FILE = join(import.meta.dirname, "measured-times.json");

export function readMeasuredTimes(): MeasuredTimes {
  return JSON.parse(readFileSync(FILE, "utf8"));
}

export function writeMeasuredTimes(times: MeasuredTimes): void {
  writeFileSync(FILE, `${JSON.stringify(times, null, 2)}\n`);
}
