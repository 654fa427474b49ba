import type { Inputs } from "../../generated/capabilities/stripe-change-subscription.ts";
import { checkReturnUrl } from "../../lib/pay-link/return-url.ts";
import { changeIn } from "../../lib/subscriptions/subscription-change.ts";

/** Throws VALIDATION_FAILED without a change or a quote for one, and for a forbidden address. */
export function checkInputs(inputs: Inputs): void {
  if (inputs.quote === undefined) changeIn(inputs);
  checkReturnUrl(inputs.returnUrl);
}
