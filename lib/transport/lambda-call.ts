/** The call context of a Lambda invocation. Only this module reads the clock; everything else gets it from here. */
import type { Context } from "aws-lambda";
import type { CallContext } from "../call-context.ts";

/** Its id is Lambda's own. Its deadline is `reservedMs` before the Lambda is cut off, which leaves time to report. */
export function lambdaCall(context: Context, reservedMs = 0): CallContext {
  const now = () => new Date();
  const deadline = now().getTime() + context.getRemainingTimeInMillis() - reservedMs;
  return { requestId: context.awsRequestId, deadline, now };
}
