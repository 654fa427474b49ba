import type { Inputs } from "../../generated/capabilities/stripe-create-subscription.ts";
import { invalidField } from "../../lib/errors.ts";

/** Stripe's limit: two years. */
const MAX_TRIAL_DAYS = 730;

/** Throws VALIDATION_FAILED for a trial that Stripe would not grant. */
export function checkInputs({ trialDays }: Inputs): void {
  if (
    trialDays !== undefined &&
    (!Number.isInteger(trialDays) || trialDays < 1 || trialDays > MAX_TRIAL_DAYS)
  ) {
    throw invalidField(
      "trialDays",
      `must be a whole number of days from 1 to ${MAX_TRIAL_DAYS}; leave it out for no trial`,
    );
  }
}
