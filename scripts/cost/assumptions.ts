/** What cannot be counted here: durations.yml. */
import { readFileSync } from "node:fs";
import { parse } from "yaml";
import { fieldOf, numberOf } from "../../lib/untrusted.ts";

/** Times in milliseconds. */
export interface Assumptions {
  readonly date: string;
  readonly ownWorkMs: number;
  readonly callToAwsMs: number;
  readonly requestToStripeMs: number;
  readonly coldStartMs: number;
  /** From 0 to 1. */
  readonly shareOfColdStarts: number;
  readonly lambdaLogBytes: number;
  readonly lambdaLogLines: number;
  readonly logLineOverhead: number;
  readonly pollsPerQueueAndMinute: number;
  readonly scheduledRunMs: number;
  readonly scheduledRunReads: number;
  readonly scheduledRunWrites: number;
  readonly keyPairs: number;
  readonly idleKeyPairs: number;
}

const FILE = "scripts/cost/durations.yml";

/** Throws an Error that names the field that is missing or wrong. */
export function readAssumptions(text = readFileSync(FILE, "utf8")): Assumptions {
  const document: unknown = parse(text);
  const number = (field: string) => {
    const value = numberOf(fieldOf(document, field));
    if (value === undefined || value < 0) throw new Error(`${FILE}: ${field} must be a number from 0`);
    return value;
  };
  return {
    date: String(fieldOf(document, "date")),
    ownWorkMs: number("own-work"),
    callToAwsMs: number("call-to-aws"),
    requestToStripeMs: number("request-to-stripe"),
    coldStartMs: number("cold-start"),
    shareOfColdStarts: number("share-of-cold-starts"),
    lambdaLogBytes: number("lambda-log-bytes"),
    lambdaLogLines: number("lambda-log-lines"),
    logLineOverhead: number("log-line-overhead"),
    pollsPerQueueAndMinute: number("polls-per-queue-and-minute"),
    scheduledRunMs: number("scheduled-run"),
    scheduledRunReads: number("scheduled-run-reads"),
    scheduledRunWrites: number("scheduled-run-writes"),
    keyPairs: number("pairs-of-function-and-table"),
    idleKeyPairs: number("idle-pairs-of-function-and-table"),
  };
}
