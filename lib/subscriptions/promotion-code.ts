/** Finds the promotion code that customers know by its text. */
import { invalidField } from "../errors.ts";
import { readStripe, type StripeCall } from "../stripe/stripe-client.ts";
import { idOf, listed } from "../stripe/stripe-fields.ts";
import { fieldOf } from "../untrusted.ts";

/**
 * The id of the active code that this customer can use. One text can belong to several codes, each for one customer. Throws
 * VALIDATION_FAILED at `promotionCode` if there is none.
 */
export async function promotionCodeId(
  code: string,
  customerId: string,
  context: StripeCall,
): Promise<string> {
  const found = listed(
    await readStripe("/v1/promotion_codes", context, { code: code.trim(), active: true, limit: 100 }),
  );
  const own = found.find((candidate) => idOf(fieldOf(candidate, "customer")) === customerId);
  const everybodys = found.find((candidate) => idOf(fieldOf(candidate, "customer")) === undefined);
  const id = idOf(own ?? everybodys);
  if (id === undefined)
    throw invalidField("promotionCode", "is not an active code that this customer can use");
  return id;
}
