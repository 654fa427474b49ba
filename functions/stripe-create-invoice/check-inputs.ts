import type { Inputs } from "../../generated/capabilities/stripe-create-invoice.ts";
import { invalidField } from "../../lib/errors.ts";
import { checkLines } from "../../lib/invoices/invoice-lines.ts";
import { refuseOwnMetadata } from "../../lib/stripe/own-metadata.ts";
import { stripeMetadata } from "../../lib/stripe/stripe-metadata.ts";

/** Throws VALIDATION_FAILED for lines that cannot be an invoice, a blank code, or metadata that Stripe would not keep. */
export function checkInputs({ lines, currency, promotionCode, metadata }: Inputs): void {
  checkLines(lines, currency);
  if (promotionCode?.trim() === "")
    throw invalidField("promotionCode", "must not be blank; leave it out for no other discount");
  refuseOwnMetadata(metadata);
  stripeMetadata(metadata);
}
