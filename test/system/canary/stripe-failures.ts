/** Calls during which Stripe refuses, fails or breaks the connection, with errors that quote the request. */
import { PERSON } from "./canaries.ts";
import { anIntent, INTENT } from "./capability-calls.ts";
import type { Call } from "./driven-stack.ts";

/** One call for each kind of failure; the errors quote the request, as Stripe's do. */
export function callsThatStripeFails(): readonly Call[] {
  const prose = `Invalid string: ${PERSON.name} ${PERSON.email} ${PERSON.phone}; ${PERSON.address}; ${PERSON.note}`;
  const error = (fields: object) => ({ error: { message: prose, ...fields } });
  const invalid = (fields: object) => error({ type: "invalid_request_error", ...fields });
  const fault = (kind: string, more: object = {}) => ({
    ...{ match: { method: "POST", path: "/v1/payment_intents" }, kind, times: 1, ...more },
  });
  const failing = (what: string, status: number, ...faults: object[]): Call => ({
    ...{ what, path: INTENT, body: anIntent, status, faults },
  });
  const status = (code: number, body: object) => fault("status", { status: code, body });
  return [
    failing(
      "a decline",
      402,
      status(402, error({ type: "card_error", code: "card_declined", decline_code: "lost_card" })),
    ),
    failing(
      "a decline code that is prose",
      402,
      status(402, error({ type: "card_error", decline_code: prose })),
    ),
    failing(
      "a refused parameter of ours",
      500,
      status(400, invalid({ param: "automatic_payment_methods[enabled]", code: "parameter_unknown" })),
    ),
    failing(
      "a refused parameter that we did not send",
      500,
      status(400, invalid({ param: `metadata[${PERSON.name}`, code: prose })),
    ),
    failing("a refused entry of metadata", 422, status(400, invalid({ param: `metadata[${PERSON.name}]` }))),
    failing("values that do not go together", 422, status(400, invalid({}))),
    failing("a refused key", 502, status(401, invalid({}))),
    failing("a key without the right", 502, status(403, invalid({}))),
    failing("too many calls", 429, status(429, error({ type: "rate_limit_error" }))),
    failing("a failure", 502, ...Array(2).fill(status(500, error({ type: "api_error" })))),
    // The SDK treats a response without `error` as a success. It does not match our contract.
    failing("a response that is not an error", 502, ...Array(2).fill(status(503, { [prose]: prose }))),
    failing("a broken connection", 502, ...Array(2).fill(fault("reset_after_commit"))),
    failing("half of a response", 502, ...Array(2).fill(fault("truncate"))),
  ];
}
