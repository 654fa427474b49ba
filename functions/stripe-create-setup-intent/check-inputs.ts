import type { Inputs } from "../../generated/capabilities/stripe-create-setup-intent.ts";
import { checkReturnUrl } from "../../lib/pay-link/return-url.ts";
import { stripeMetadata } from "../../lib/stripe/stripe-metadata.ts";

/** Throws VALIDATION_FAILED for metadata that Stripe would not keep, or a page that payers may not be sent to. */
export function checkInputs({ metadata, returnUrl }: Inputs): void {
  stripeMetadata(metadata);
  checkReturnUrl(returnUrl);
}
