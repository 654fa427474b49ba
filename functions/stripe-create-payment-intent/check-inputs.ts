import type { Inputs } from "../../generated/capabilities/stripe-create-payment-intent.ts";
import { Problem } from "../../lib/errors.ts";
import { checkAmount } from "../../lib/money/check-amount.ts";
import { stripeMetadata } from "../../lib/stripe/stripe-metadata.ts";

/** Throws VALIDATION_FAILED for an amount that Stripe would not charge, or metadata that it would not keep. */
export function checkInputs({ amount, currency, metadata }: Inputs): void {
  const issues = checkAmount(amount, currency);
  const first = issues[0];
  if (first !== undefined)
    throw new Problem("VALIDATION_FAILED", `${first.path} ${first.message}`, { issues });
  stripeMetadata(metadata);
}
