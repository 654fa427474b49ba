import type { Inputs } from "../../generated/capabilities/stripe-create-customer.ts";
import { addressMistake } from "../../lib/email-address.ts";
import { invalidField } from "../../lib/errors.ts";
import { stripeMetadata } from "../../lib/stripe/stripe-metadata.ts";

/** Throws VALIDATION_FAILED for an impossible address, or for metadata that Stripe would not keep. */
export function checkInputs({ email, metadata }: Inputs): void {
  const mistake = addressMistake(email);
  if (mistake !== undefined) throw invalidField("email", mistake);
  const { userId } = stripeMetadata(metadata);
  // An application without ids might send a blank one for every user: they would all become one customer.
  if (userId?.trim() === "") throw invalidField("metadata.userId", "must not be blank; leave it out");
}
