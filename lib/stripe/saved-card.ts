/** Which saved card of a customer is charged. */
import { invalidField, missingObject } from "../errors.ts";
import { fieldOf } from "../untrusted.ts";
import { customerOfObject } from "./customer-of-object.ts";
import { readStripe, type StripeCall } from "./stripe-client.ts";
import { idOf } from "./stripe-fields.ts";

/**
 * The id of the named payment method, which must be the customer's own, or of the customer's default one. Throws NOT_FOUND
 * for a payment method or a customer that does not exist, or belongs to somebody else, and VALIDATION_FAILED if none is
 * named and the customer has no default one.
 */
export async function savedCardOf(
  { customerId, paymentMethodId }: { readonly customerId: string; readonly paymentMethodId?: string },
  context: StripeCall,
): Promise<string> {
  if (paymentMethodId !== undefined) {
    const owner = await customerOfObject("payment_methods", paymentMethodId, "paymentMethodId", context);
    if (owner !== customerId) throw missingObject("paymentMethodId");
    return paymentMethodId;
  }
  const customer = await readStripe(`/v1/customers/${encodeURIComponent(customerId)}`, context);
  if (customer === undefined || customer.deleted === true) throw missingObject("customerId");
  const byDefault = idOf(fieldOf(customer, "invoice_settings", "default_payment_method"));
  if (byDefault !== undefined) return byDefault;
  throw invalidField("paymentMethodId", "is required, because the customer has no default payment method");
}
