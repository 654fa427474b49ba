/** Finds the Stripe customer of one of the application's users, in the table Customers. */
import { getItem } from "../aws/dynamodb.ts";
import { env } from "../env.ts";
import { textOf } from "../untrusted.ts";
import { mappingKey } from "./mapping-key.ts";
import { identityOf } from "./person.ts";

/** The customer's id; undefined if the user has no customer. Throws SERVICE_UNAVAILABLE. */
export async function customerOfUser(userId: string): Promise<string | undefined> {
  const identity = await mappingKey(identityOf({ userId, email: "" }));
  return textOf((await getItem(env("CUSTOMERS_TABLE"), { identity }))?.customerId);
}
