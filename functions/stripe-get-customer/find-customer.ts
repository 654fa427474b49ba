import type { Inputs } from "../../generated/capabilities/stripe-get-customer.ts";
import type { FindCustomer } from "../../lib/capability/capability.ts";
import { findCustomer as findPerson } from "../../lib/customers/find-customer.ts";
import { idOf } from "../../lib/stripe/stripe-fields.ts";
import { searchedPerson } from "./searched-person.ts";

/** Among several customers of one address, the principal's own. */
export const findCustomer: FindCustomer<Inputs> = async (inputs, context) => {
  const person = searchedPerson(inputs);
  return person && idOf(await findPerson(person, context, context.principal.customerId));
};
