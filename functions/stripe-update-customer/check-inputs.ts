import type { Inputs } from "../../generated/capabilities/stripe-update-customer.ts";
import { addressMistake } from "../../lib/email-address.ts";
import { invalidField } from "../../lib/errors.ts";
import { stripeMetadata } from "../../lib/stripe/stripe-metadata.ts";

/** Throws VALIDATION_FAILED for inputs that change nothing, an impossible address, or metadata that Stripe would not keep. */
export function checkInputs({ email, name, metadata }: Inputs): void {
  if (email === undefined && name === undefined && metadata === undefined)
    throw invalidField("", "at least one of email, name and metadata is required");
  const mistake = email === undefined ? undefined : addressMistake(email);
  if (mistake !== undefined) throw invalidField("email", mistake);
  const { userId } = stripeMetadata(metadata);
  if (userId !== undefined && userId !== "" && userId.trim() === "")
    throw invalidField("metadata.userId", "must not be blank; an empty text removes it");
}
