import type { Inputs } from "../../generated/capabilities/stripe-refund-payment.ts";
import { invalidField } from "../../lib/errors.ts";
import { refundMetadata } from "../../lib/refunds/refund-request.ts";

/** Throws VALIDATION_FAILED for metadata that Stripe would not keep, or that says what `reference` says. */
export function checkInputs({ metadata, reference }: Inputs): void {
  if (metadata !== undefined && Object.hasOwn(metadata, "reference"))
    throw invalidField("metadata.reference", "is where the input reference is kept; send that one instead");
  refundMetadata({ metadata, reference });
}
