import { Problem } from "../errors.ts";

/** PRECONDITION_FAILED: `what` is wrong with the quote, and `advice` what to do. */
export function staleQuote(what: string, advice: string): Problem {
  const message = `${what}; nothing was changed or charged: ${advice}`;
  return new Problem("PRECONDITION_FAILED", `quote ${message}`, { issues: [{ path: "quote", message }] });
}
