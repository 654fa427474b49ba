/** Returns a customer as it is at Stripe now. */
import type { Inputs, Outputs } from "../../generated/capabilities/stripe-get-customer.ts";
import type { Operation } from "../../lib/capability/capability.ts";
import { customerNow, findCustomer } from "../../lib/customers/find-customer.ts";
import { missingObject, Problem } from "../../lib/errors.ts";
import { metadataIn } from "../../lib/events/object-state.ts";
import { present } from "../../lib/present.ts";
import { idOf } from "../../lib/stripe/stripe-fields.ts";
import { type Fields, fieldOf, isoTimeOf, textOf } from "../../lib/untrusted.ts";
import { searchedPerson } from "./searched-person.ts";

export const getCustomer: Operation<Inputs, Outputs> = async (inputs, context) => {
  const person = searchedPerson(inputs);
  const found =
    person === undefined
      ? await customerNow(inputs.customerId ?? "", context)
      : await findCustomer(person, context, context.principal.customerId);
  if (found === undefined) throw missingObject(Object.keys(inputs)[0] ?? "");
  return shown(found);
};

function shown(customer: Fields): Outputs {
  const { id, created, email, name, metadata, invoice_settings: settings } = customer;
  const createdAt = isoTimeOf(created);
  if (createdAt === undefined)
    throw new Problem("BAD_GATEWAY", "Stripe returned a customer without the time of its creation");
  return {
    customerId: String(id),
    ...present({
      email: textOf(email) || undefined,
      name: textOf(name) || undefined,
      defaultPaymentMethodId: idOf(fieldOf(settings, "default_payment_method")),
    }),
    metadata: metadataIn(metadata) ?? {},
    createdAt,
  };
}
