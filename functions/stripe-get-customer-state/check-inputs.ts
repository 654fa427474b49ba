import type { Inputs } from "../../generated/capabilities/stripe-get-customer-state.ts";
import { invalidField } from "../../lib/errors.ts";

/** Throws VALIDATION_FAILED unless the customer is named in exactly one way. */
export function checkInputs({ customerId, userId }: Inputs): void {
  if (customerId === undefined && userId === undefined)
    throw invalidField("customerId", "is required, unless userId names the customer");
  if (customerId !== undefined && userId !== undefined)
    throw invalidField("userId", "must be left out if customerId names the customer");
  if (userId?.trim() === "") throw invalidField("userId", "must not be blank");
}
