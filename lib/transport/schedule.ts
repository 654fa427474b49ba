/**
 * The transport of functions that run on a schedule: one log line for each run; a failed run fails the invocation.
 */

import type { Context } from "aws-lambda";
import type { CallContext } from "../call-context.ts";
import { asProblem } from "../errors.ts";
import { type LogFields, logCall } from "../log.ts";
import type { Metrics } from "../metrics.ts";
import { startUp } from "../start-up.ts";
import { fieldOf } from "../untrusted.ts";
import { lambdaCall } from "./lambda-call.ts";

export interface ScheduledRun extends CallContext {
  /** When the run was due by the schedule; the same if Lambda repeats the run. */
  readonly dueAt: Date;
  /** Notes Stripe's request id for the log line; the last one counts. */
  readonly noteVendorRequest: (requestId: string) => void;
  /** Sets fields of the log line, which is written for a failed run too. */
  readonly report: (fields: Omit<LogFields, "event">, metrics?: readonly Metrics[]) => void;
}

/** Time reserved for saving the place and writing the log line. */
const RESERVED_MS = 5_000;

/** A Lambda handler that runs `work`; `event` names its log line. */
export function scheduleHandler(
  event: string,
  work: (run: ScheduledRun) => Promise<void>,
): (input: unknown, context: Context) => Promise<void> {
  startUp();
  return async (input, context) => {
    const call = lambdaCall(context, RESERVED_MS);
    const startedAt = call.now();
    let reported: Omit<LogFields, "event"> = {};
    let metrics: readonly Metrics[] = [];
    let stripeRequestId: string | undefined;
    const failure = await work({
      ...call,
      dueAt: dueAt(input) ?? startedAt,
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
        requestId: call.requestId,
        ...reported,
        outcome: failure === undefined ? "succeeded" : "failed",
        stripeRequestId,
        durationMs: call.now().getTime() - startedAt.getTime(),
      },
      failure,
      metrics,
    );
    if (failure !== undefined) throw new Error(`${event}: ${failure.code}; see the log line`);
  };
}

/** EventBridge's `time`; a person who invokes the function by hand can leave it out. */
function dueAt(input: unknown): Date | undefined {
  const time = Date.parse(String(fieldOf(input, "time")));
  return Number.isNaN(time) ? undefined : new Date(time);
}
