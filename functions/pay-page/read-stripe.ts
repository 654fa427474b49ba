/** Reads from Stripe for the pay page. */
import type Stripe from "stripe";
import { stripe } from "../../lib/stripe/stripe-client.ts";
import { withinDeadline } from "../../lib/stripe/stripe-deadline.ts";
import { stripeProblem } from "../../lib/stripe/stripe-problem.ts";
import type { StripeClient } from "../../lib/stripe/stripe-sdk.ts";

/** Timeout of one attempt; the SDK makes two. */
const TIMEOUT_MS = 4_000;

/** Undefined if Stripe does not have the object. Throws a Problem if it does not respond by `deadline` (Unix milliseconds). */
export async function fromStripe<T>(
  deadline: number,
  call: (client: StripeClient, options: Stripe.RequestOptions) => Promise<T>,
): Promise<T | undefined> {
  try {
    return await withinDeadline(deadline, async () => call(await stripe(), { timeout: TIMEOUT_MS }));
  } catch (thrown) {
    const problem = stripeProblem(thrown, { objectId: ["intent", "id", "subscription"] });
    // The request contains only an id: if Stripe refuses it, the id is not one of this account.
    if (problem?.code === "VALIDATION_FAILED" || problem?.code === "NOT_FOUND") return undefined;
    throw problem ?? thrown;
  }
}
