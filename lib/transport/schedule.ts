/** The transport of scheduled runs: EventBridge invokes the Lambda and awaits no answer. */
import middy from "@middy/core";
import type { Context, EventBridgeEvent } from "aws-lambda";
import { asProblem } from "../errors.ts";
import { isLogged, logCall } from "../log.ts";
import { startUp } from "../start-up.ts";

export interface ScheduledRun {
  /** When it was due, as the schedule says; a repeated run has the same. */
  readonly now: Date;
  readonly requestId: string;
  /** Unix time in milliseconds by which it must have ended. */
  readonly deadline: number;
}

type ScheduledEvent = Partial<EventBridgeEvent<"Scheduled Event", unknown>>;

/** A Lambda handler that does one run of `work`. A run that throws is logged, and repeated by Lambda twice. */
export function scheduleHandler(
  work: (run: ScheduledRun) => Promise<void>,
): (event: ScheduledEvent, context: Context) => Promise<void> {
  startUp();
  return middy<ScheduledEvent, void>().handler(async ({ time = "" }, context) => {
    const requestId = context.awsRequestId;
    const due = new Date(time);
    try {
      await work({
        now: Number.isNaN(due.getTime()) ? new Date() : due,
        requestId,
        deadline: Date.now() + context.getRemainingTimeInMillis(),
      });
    } catch (thrown) {
      const problem = asProblem(thrown);
      if (!isLogged(problem))
        logCall({ event: "schedule.run-failed", requestId, outcome: "failed" }, problem);
      throw problem;
    }
  });
}
