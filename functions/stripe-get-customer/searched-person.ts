import type { Inputs } from "../../generated/capabilities/stripe-get-customer.ts";
import type { SearchedPerson } from "../../lib/customers/person.ts";

/** Undefined for inputs that name the customer itself. */
export function searchedPerson({ userId, email }: Inputs): SearchedPerson | undefined {
  if (userId !== undefined) return { userId };
  return email === undefined ? undefined : { email };
}
