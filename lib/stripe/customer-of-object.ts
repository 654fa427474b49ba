/** Finds the customer that an object at Stripe belongs to. */
import { missingObject } from "../errors.ts";
import { readStripe, type StripeCall } from "./stripe-client.ts";
import { idOf, isStripeId } from "./stripe-fields.ts";

/** The kinds of objects that belong to a customer, as Stripe's addresses name them. */
export type OwnedKind =
  | "payment_intents"
  | "setup_intents"
  | "subscriptions"
  | "invoices"
  | "payment_methods";

/** Undefined for an object without a customer. Throws NOT_FOUND, which names the caller's `field`, for one that does not exist. */
export async function customerOfObject(
  kind: OwnedKind,
  id: string,
  field: string,
  context: StripeCall,
): Promise<string | undefined> {
  if (!isStripeId(id)) throw missingObject(field);
  const object = await readStripe(`/v1/${kind}/${encodeURIComponent(id)}`, context);
  if (object !== undefined) return idOf(object.customer);
  throw missingObject(field);
}
