/** Returns all payment methods of a customer. */
import type { Inputs, Outputs } from "../../generated/capabilities/stripe-list-payment-methods.ts";
import type { Operation } from "../../lib/capability/capability.ts";
import { customerNow } from "../../lib/customers/find-customer.ts";
import { missingObject } from "../../lib/errors.ts";
import { present } from "../../lib/present.ts";
import { allOf } from "../../lib/stripe/all-pages.ts";
import { idOf } from "../../lib/stripe/stripe-fields.ts";
import { type Fields, fieldOf, fieldsOf, numberOf, textOf } from "../../lib/untrusted.ts";

export const listPaymentMethods: Operation<Inputs, Outputs> = async ({ customerId }, context) => {
  const customer = await customerNow(customerId, context);
  if (customer === undefined) throw missingObject("customerId");
  const methods = await allOf(`/v1/customers/${customerId}/payment_methods`, context);
  const defaultId = idOf(fieldOf(customer.invoice_settings, "default_payment_method"));
  return { items: methods.map((method) => shown(method, defaultId)) };
};

function shown(method: Fields, defaultId: string | undefined): Outputs["items"][number] {
  const type = textOf(method.type) ?? "unknown";
  const {
    display_brand: shownBrand,
    brand,
    last4,
    exp_month: month,
    exp_year: year,
  } = fieldsOf(method[type]);
  return {
    paymentMethodId: String(method.id),
    type,
    ...present({
      brand: textOf(shownBrand) ?? textOf(brand),
      last4: textOf(last4),
      expMonth: numberOf(month),
      expYear: numberOf(year),
    }),
    isDefault: method.id === defaultId,
  };
}
