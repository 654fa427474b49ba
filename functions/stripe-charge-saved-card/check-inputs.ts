import type { Inputs } from "../../generated/capabilities/stripe-charge-saved-card.ts";
import { invalidFields } from "../../lib/errors.ts";
import { checkAmount } from "../../lib/money/check-amount.ts";
import { stripeMetadata } from "../../lib/stripe/stripe-metadata.ts";

/** Throws VALIDATION_FAILED for an amount that Stripe would not charge, or metadata that it would not keep. */
export function checkInputs({ amount, currency, metadata }: Inputs): void {
  const issues = checkAmount(amount, currency);
  if (issues.length > 0) throw invalidFields({ issues });
  stripeMetadata(metadata);
}
