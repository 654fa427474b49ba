/** What an agent should do about a problem. It reads this sentence, so it is an instruction, and says when to ask a person. Pure. */
import type { ProblemCode } from "../errors.ts";

const REPEAT =
  "It may or may not have been done. Call the same tool with the same arguments: nothing is done twice.";
const STOP = "Do not try another way around this. Tell the person you work for.";

export const ADVICE: Readonly<Record<ProblemCode, string>> = {
  BAD_REQUEST: "Correct the arguments, and call again.",
  UNAUTHENTICATED: `The credential of this connection was refused. ${STOP}`,
  PAYMENT_REQUIRED:
    "The payment was refused, and the same arguments get the same refusal for 24 hours. Once the payer has another way to pay, call again with a callReference.",
  APPROVAL_REQUIRED: "Wait until somebody has approved it. Then call the same tool with the same arguments.",
  FORBIDDEN: `The policy does not allow it. ${STOP}`,
  NOT_FOUND: "Check the ids in the arguments. Use only ids that a tool returned or a person gave you.",
  METHOD_NOT_ALLOWED: STOP,
  CONFLICT: "Read the object again before you decide what to do.",
  GONE: "It has ended. Read the object again before you decide what to do.",
  PRECONDITION_FAILED: "The object is in another state than this needs. Read it again.",
  PAYLOAD_TOO_LARGE: "Send less in one call.",
  VALIDATION_FAILED: "Correct the fields that are named, and call again.",
  RATE_LIMITED: "A limit is reached. Do not call in a loop. Wait, or tell the person you work for.",
  INTERNAL_ERROR: STOP,
  NOT_IMPLEMENTED: STOP,
  BAD_GATEWAY: REPEAT,
  SERVICE_UNAVAILABLE: REPEAT,
  TIMEOUT: REPEAT,
};
