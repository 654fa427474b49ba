import type { Inputs } from "../../generated/capabilities/stripe-get-customer-state.ts";
import type { FindCustomer } from "../../lib/capability/capability.ts";
import { mappedCustomerId } from "../../lib/customers/mapped-customer.ts";
import { identityOf } from "../../lib/customers/person.ts";

export const findCustomer: FindCustomer<Inputs> = ({ userId = "" }) =>
  mappedCustomerId(identityOf({ userId }));
