import type { Inputs } from "../../generated/capabilities/stripe-cancel-subscription.ts";
import { invalidField } from "../../lib/errors.ts";

/** Throws VALIDATION_FAILED for a proration of a period that is used to its end. */
export function checkInputs({ when, prorate }: Inputs): void {
  if (when === "period-end" && prorate === true)
    throw invalidField(
      "prorate",
      "can only be sent with when = now: at the end of the period, no time is unused",
    );
}
