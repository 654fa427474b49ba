/** Customers that exist at Stripe, which a function remembers for a while: most usage is of the same ones. */
import { readStripe, type StripeCall } from "../stripe/stripe-client.ts";

const REMEMBERED_MS = 5 * 60 * 1000;
const MOST_REMEMBERED = 10_000;

/** Until when each is remembered, in Unix milliseconds. */
const known = new Map<string, number>();

/** Whether Stripe has the customer, and has not deleted it. `customerId` has the form of an id. */
export async function customerExists(customerId: string, call: StripeCall): Promise<boolean> {
  const now = call.now().getTime();
  if ((known.get(customerId) ?? 0) > now) return true;
  const customer = await readStripe(`/v1/customers/${customerId}`, call);
  if (customer === undefined || customer.deleted === true) return false;
  if (known.size >= MOST_REMEMBERED) known.clear();
  known.set(customerId, now + REMEMBERED_MS);
  return true;
}
