/** Reads which Stripe customer is recorded for a person, in the table Customers: see customer-mapping.ts. */
import { getItem } from "../aws/dynamodb.ts";
import { env } from "../env.ts";
import { textOf } from "../untrusted.ts";
import { mappingKey } from "./mapping-key.ts";

/**
 * The id of the customer that is recorded for the person, named as by `identityOf`; undefined if none is. It can outlive
 * its customer, so only Stripe can confirm it. Throws SERVICE_UNAVAILABLE.
 */
export async function mappedCustomerId(person: string): Promise<string | undefined> {
  const identity = await mappingKey(person);
  return textOf((await getItem(env("CUSTOMERS_TABLE"), { identity }))?.customerId);
}
