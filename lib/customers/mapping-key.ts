/** The key of a person's item in the table Customers. */
import { createHmac } from "node:crypto";
import { appKey } from "../sealing/app-keys.ts";
import { appSecrets } from "../secrets/secrets.ts";

/**
 * It is a keyed digest, because a user id can be an address, and anyone could compute an unkeyed digest of the addresses that
 * they guess. While APP_SECRET is rotated, the previous secret still makes the keys: every function knows it. After that, the
 * customers are found again at Stripe.
 */
export async function mappingKey(person: string): Promise<string> {
  const oldest = (await appSecrets()).at(-1) ?? "";
  return createHmac("sha256", appKey(oldest, "customers/v1")).update(person).digest("hex");
}
