/**
 * The transport of functions that run on a schedule: one log line for each run, and a run that failed is a failed
 * invocation.
 */

import type { Context } from "aws-lambda";
import { asProblem } from "../errors.ts";
import { type LogFields, logCall } from "../log.ts";
import type { Metrics } from "../metrics.ts";
import { startUp } from "../start-up.ts";
import { fieldOf } from "../untrusted.ts";

export interface ScheduledRun {
  /** When it was due, as the schedule says; a run that Lambda repeats has the same. */
  readonly dueAt: Date;
  readonly requestId: string;
  /** Unix time in milliseconds by which it must have ended. */
  readonly deadline: number;
  /** UTC now. */
  readonly now: () => Date;
  /** Notes Stripe's request id for the log line; the last one counts. */
  readonly noteVendorRequest: (requestId: string) => void;
  /** Sets what the log line is to tell, of a run that fails as well. */
  readonly report: (fields: Omit<LogFields, "event">, metrics?: readonly Metrics[]) => void;
}

/** Time kept back for saving the place and writing the log line. */
const RESERVED_MS = 5_000;

/** A Lambda handler that runs `work`; `event` names its log line. */
export function scheduleHandler(
  event: string,
  work: (run: ScheduledRun) => Promise<void>,
): (input: unknown, context: Context) => Promise<void> {
  startUp();
  return async (input, context) => {
    const startedAt = Date.now();
    let reported: Omit<LogFields, "event"> = {};
    let metrics: readonly Metrics[] = [];
    let stripeRequestId: string | undefined;
    const failure = await work({
      dueAt: dueAt(input) ?? new Date(startedAt),
      requestId: context.awsRequestId,
      deadline: startedAt + context.getRemainingTimeInMillis() - RESERVED_MS,
      now: () => new Date(),
      noteVendorRequest: (id) => {
        stripeRequestId = id;
      },
      report: (fields, values = []) => {
        reported = fields;
        metrics = values;
      },
    }).then(() => undefined, asProblem);
    logCall(
      {
        event,
        requestId: context.awsRequestId,
        ...reported,
        outcome: failure === undefined ? "succeeded" : "failed",
        stripeRequestId,
        durationMs: Date.now() - startedAt,
      },
      failure,
      metrics,
    );
    if (failure !== undefined) throw new Error(`${event}: ${failure.code}, as the log line says`);
  };
}

/** EventBridge's `time`; whoever invokes the function by hand may leave it out. */
function dueAt(input: unknown): Date | undefined {
  const time = Date.parse(String(fieldOf(input, "time")));
  return Number.isNaN(time) ? undefined : new Date(time);
}
