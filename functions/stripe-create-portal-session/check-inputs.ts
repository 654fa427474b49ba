import type { Inputs } from "../../generated/capabilities/stripe-create-portal-session.ts";
import { invalidField } from "../../lib/errors.ts";
import { checkReturnUrl } from "../../lib/pay-link/return-url.ts";

/** Throws VALIDATION_FAILED for a subscription that the flow is not about, or a page that customers may not be sent to. */
export function checkInputs({ flow, subscriptionId, returnUrl }: Inputs): void {
  if (subscriptionId !== undefined && flow !== "cancel" && flow !== "change")
    throw invalidField("subscriptionId", "must be left out, unless flow is cancel or change");
  checkReturnUrl(returnUrl);
}
