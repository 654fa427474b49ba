import type { Inputs } from "../../generated/capabilities/stripe-create-payment-intent.ts";
import { addressMistake } from "../../lib/email-address.ts";
import { invalidField, invalidFields } from "../../lib/errors.ts";
import { checkAmount } from "../../lib/money/check-amount.ts";
import { checkReturnUrl } from "../../lib/pay-link/return-url.ts";
import { stripeMetadata } from "../../lib/stripe/stripe-metadata.ts";

/**
 * Throws VALIDATION_FAILED for an amount that Stripe would not charge, metadata that it would not keep, an impossible address,
 * a card to be saved for nobody, or a payer to be sent to another site.
 */
export function checkInputs(inputs: Inputs): void {
  const { amount, currency, metadata, receiptEmail, saveCard, customerId, returnUrl } = inputs;
  const issues = checkAmount(amount, currency);
  if (issues.length > 0) throw invalidFields({ issues });
  stripeMetadata(metadata);
  const mistake = receiptEmail === undefined ? undefined : addressMistake(receiptEmail);
  if (mistake !== undefined) throw invalidField("receiptEmail", mistake);
  if (saveCard && customerId === undefined)
    throw invalidField("customerId", "is required with saveCard: a card is saved for a customer");
  checkReturnUrl(returnUrl);
}
