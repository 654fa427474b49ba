import { Problem } from "../errors.ts";

/**
 * Whether Stripe has finished the request: it cannot create anything more than exists already. After a timeout or a broken
 * connection, or while Stripe still works on the same key, nobody knows.
 */
export function isAnswered(thrown: unknown): thrown is Problem {
  if (!(thrown instanceof Problem) || thrown.vendorRequestId === undefined) return false;
  return thrown.code !== "SERVICE_UNAVAILABLE" && thrown.code !== "RATE_LIMITED";
}
