/** Checks what the inputs name at Stripe, before anything is created: price, promotion code and payment method. */
import type { Inputs } from "../../generated/capabilities/stripe-create-subscription.ts";
import type { OperationContext } from "../../lib/capability/capability.ts";
import { invalidField } from "../../lib/errors.ts";
import { readStripe } from "../../lib/stripe/stripe-client.ts";
import { idOf } from "../../lib/stripe/stripe-fields.ts";
import { promotionCodeId } from "../../lib/subscriptions/promotion-code.ts";

export interface Offer {
  readonly productId: string;
  readonly promotionCodeId: string | undefined;
}

/** Throws VALIDATION_FAILED at the field of what does not exist, or cannot be used by this customer. */
export async function checkedOffer(inputs: Inputs, context: OperationContext): Promise<Offer> {
  const [productId, code] = await Promise.all([
    productOf(inputs, context),
    inputs.promotionCode === undefined
      ? undefined
      : promotionCodeId(inputs.promotionCode, inputs.customerId, context),
    checkPaymentMethod(inputs, context),
  ]);
  return { productId, promotionCodeId: code };
}

/** The ids of old prices are chosen by the account. A name of dots would be another address. */
const ID = /^(?!\.+$)[\w.-]{1,255}$/;

async function productOf({ priceId, customerId }: Inputs, context: OperationContext): Promise<string> {
  const product = idOf((await found("prices", priceId, context))?.product);
  if (product !== undefined) return product;
  // Of two ids that do not exist, the first is named.
  const customer = await found("customers", customerId, context);
  throw invalidField(customer === undefined ? "customerId" : "priceId", "does not exist at Stripe");
}

async function found(kind: "prices" | "customers", id: string, context: OperationContext) {
  return ID.test(id) ? readStripe(`/v1/${kind}/${id}`, context) : undefined;
}

async function checkPaymentMethod(
  { customerId, paymentMethodId }: Inputs,
  context: OperationContext,
): Promise<void> {
  if (paymentMethodId === undefined) return;
  const method = await readStripe(`/v1/payment_methods/${encodeURIComponent(paymentMethodId)}`, context);
  if (idOf(method?.customer) !== customerId)
    throw invalidField("paymentMethodId", "is not a saved payment method of this customer");
}
