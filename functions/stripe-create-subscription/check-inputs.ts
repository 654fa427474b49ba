import type { Inputs } from "../../generated/capabilities/stripe-create-subscription.ts";
import { invalidField } from "../../lib/errors.ts";
import { checkReturnUrl } from "../../lib/pay-link/return-url.ts";
import { refuseOwnMetadata } from "../../lib/stripe/own-metadata.ts";
import { stripeMetadata } from "../../lib/stripe/stripe-metadata.ts";

/** Stripe's limit: two years. */
const MAX_TRIAL_DAYS = 730;

/** Throws VALIDATION_FAILED for a trial that Stripe would not grant, metadata that it would not keep, or a forbidden address. */
export function checkInputs({ trialDays, promotionCode, metadata, returnUrl }: Inputs): void {
  if (
    trialDays !== undefined &&
    (!Number.isInteger(trialDays) || trialDays < 1 || trialDays > MAX_TRIAL_DAYS)
  ) {
    throw invalidField(
      "trialDays",
      `must be a whole number of days from 1 to ${MAX_TRIAL_DAYS}; leave it out for no trial`,
    );
  }
  if (promotionCode?.trim() === "")
    throw invalidField("promotionCode", "must not be blank; leave it out for no discount");
  refuseOwnMetadata(metadata);
  stripeMetadata(metadata);
  checkReturnUrl(returnUrl);
}
