import type { Inputs } from "../../generated/capabilities/stripe-get-customer.ts";
import { addressMistake } from "../../lib/email-address.ts";
import { invalidField, invalidFields } from "../../lib/errors.ts";

/** Throws VALIDATION_FAILED unless exactly one of customerId, userId and email is there, and can be somebody's. */
export function checkInputs({ customerId, userId, email }: Inputs): void {
  const given = Object.entries({ customerId, userId, email }).filter(([, value]) => value !== undefined);
  if (given.length === 0) throw invalidField("", "exactly one of customerId, userId and email is required");
  if (given.length > 1) {
    const message = "cannot be combined: send exactly one of customerId, userId and email";
    throw invalidFields({ issues: given.slice(1).map(([path]) => ({ path, message })) });
  }
  if (userId?.trim() === "") throw invalidField("userId", "must not be blank");
  const mistake = email === undefined ? undefined : addressMistake(email);
  if (mistake !== undefined) throw invalidField("email", mistake);
}
