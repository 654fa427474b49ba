/** What the start of each kind of function may cost. Pure. */
import type { FunctionDefinition } from "../../../resources/functions.ts";

export type Kind = "webhook" | "capability of Stripe" | "consumer" | "other";

/** The size of a bundle in KB of 1,024 bytes, and the CPU time of loading it, as a ratio to an empty handler. */
export interface StartBars {
  readonly kilobytes: number;
  readonly ratio: number;
}

export const START_BARS: Readonly<Record<Kind, StartBars>> = {
  webhook: { kilobytes: 210, ratio: 2.7 },
  "capability of Stripe": { kilobytes: 560, ratio: 3.5 },
  consumer: { kilobytes: 620, ratio: 3.3 },
  other: { kilobytes: 420, ratio: 3.2 },
};

/** A schedule that calls Stripe and mails does what the consumers do. */
export function kindOf({
  uses,
  consumes,
  routes,
}: Pick<FunctionDefinition, "uses" | "consumes" | "routes">): Kind {
  if (uses.includes("webhook-secret")) return "webhook";
  const callsStripe = uses.includes("stripe-api");
  if (consumes !== undefined || (callsStripe && uses.includes("mail") && routes.length === 0))
    return "consumer";
  // send-email reads an invoice from Stripe, if the mail is about one.
  return callsStripe && !uses.includes("administrator") ? "capability of Stripe" : "other";
}
