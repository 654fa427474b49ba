/** The call that an invocation of a Lambda is. Here the clock comes in: everything else is given it. */
import type { Context } from "aws-lambda";
import type { CallContext } from "../call-context.ts";

/** Its id is Lambda's own, and it ends `reservedMs` before the Lambda is cut off, which leaves time to report. */
export function lambdaCall(context: Context, reservedMs = 0): CallContext {
  const now = () => new Date();
  const deadline = now().getTime() + context.getRemainingTimeInMillis() - reservedMs;
  return { requestId: context.awsRequestId, deadline, now };
}
