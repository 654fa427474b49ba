/** What the objects that a link can lead to have in common: an intent that the payer confirms, or has confirmed. Pure. */
import type Stripe from "stripe";
import { Problem } from "../../lib/errors.ts";
import { present } from "../../lib/present.ts";
import { nextStepOf } from "../../lib/stripe/next-step.ts";
import type { Found } from "./found.ts";
import { stateOfIntent } from "./page-states.ts";

/** What an object is, and the ids of it that the application gets. */
export interface FoundObject extends Omit<Found, "returnTo" | "reference"> {
  readonly ids: Readonly<Record<string, string>>;
  readonly isCapturedLater?: boolean;
}

/** Whether a payment that has succeeded for its payer is only authorized. */
export function isCapturedLater({ status, capture_method: method }: Stripe.PaymentIntent): boolean {
  return status === "requires_capture" || (status !== "succeeded" && method === "manual");
}

/** An intent's part of the page: its state, its client secret, and what it waits for. */
export function confirmable(
  intent: Stripe.PaymentIntent | Stripe.SetupIntent,
): Pick<Found, "state" | "intent" | "step"> {
  if (intent.client_secret === null)
    throw new Problem("BAD_GATEWAY", `Stripe returned a ${intent.object} without a client secret`);
  const step = nextStepOf({ ...intent });
  return {
    state: stateOfIntent(intent.status, step?.kind),
    intent: { clientSecret: intent.client_secret, isSetup: intent.object === "setup_intent" },
    ...present({ step }),
  };
}
