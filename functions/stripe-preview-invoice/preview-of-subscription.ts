import { randomUUID } from "node:crypto";
import type Stripe from "stripe";
import type { OperationContext } from "../../lib/capability/capability.ts";
import { Problem } from "../../lib/errors.ts";
import { withStripe } from "../../lib/stripe/stripe-client.ts";
import { SUBSCRIPTION_IN_ADDRESS } from "../../lib/subscriptions/subscription-address.ts";
import { fieldOf } from "../../lib/untrusted.ts";

/** The next invoice of a subscription. Throws CONFLICT if there is none, because the subscription ends. */
export function previewOfSubscription(
  subscriptionId: string,
  context: OperationContext,
): Promise<Stripe.Response<Stripe.Invoice>> {
  return withStripe(context, { subscriptionId: SUBSCRIPTION_IN_ADDRESS }, async (stripe, options) => {
    try {
      return await stripe.invoices.createPreview(
        { subscription: subscriptionId },
        // Under the call's own key, Stripe would repeat an earlier preview.
        { ...options, idempotencyKey: randomUUID() },
      );
    } catch (thrown) {
      if (fieldOf(thrown, "code") !== "invoice_upcoming_none") throw thrown;
      const message = "has no next invoice: the subscription has ended, or ends with its period";
      throw new Problem("CONFLICT", `subscriptionId ${message}`, {
        issues: [{ path: "subscriptionId", message }],
      });
    }
  });
}
