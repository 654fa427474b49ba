/** Changes a customer at Stripe, and records whose customer it is from then on. */
import type { Inputs, Outputs } from "../../generated/capabilities/stripe-update-customer.ts";
import type { Operation } from "../../lib/capability/capability.ts";
import { customerNow } from "../../lib/customers/find-customer.ts";
import { moveCustomer } from "../../lib/customers/follow-customer.ts";
import { missingObject } from "../../lib/errors.ts";
import { present } from "../../lib/present.ts";
import { readStripe, withStripe } from "../../lib/stripe/stripe-client.ts";
import { stripeMetadata } from "../../lib/stripe/stripe-metadata.ts";
import type { ParametersOf } from "../../lib/stripe/stripe-parameters.ts";
import { checkNewPerson } from "./check-new-person.ts";

// For an object in the address of the request, Stripe names the parameter differently by kind, or "id".
const parameters: ParametersOf<Inputs> = {
  customerId: ["customer", "id"],
  email: "email",
  name: "name",
  metadata: "metadata",
};

export const updateCustomer: Operation<Inputs, Outputs> = async (inputs, context) => {
  const { customerId, email, name } = inputs;
  const before = await customerNow(customerId, context);
  if (before === undefined) throw missingObject("customerId");
  const metadata = inputs.metadata && stripeMetadata(inputs.metadata);
  await checkNewPerson(before, present({ email, metadata }), context);
  const updated = await withStripe(context, parameters, (stripe, options) =>
    stripe.customers.update(customerId, present({ email, name, metadata }), options),
  );
  await moveCustomer(before, { ...updated }, (path, query) => readStripe(path, context, query));
  return { customerId: updated.id, ...present({ email: updated.email || undefined }) };
};
