/**
 * Finds a customer by the application's user id or by an email address, as Stripe has it now: through the recorded mapping,
 * else among all customers at Stripe. See docs/decisions/0054-finding-a-customer.md.
 */
import { comparableAddress } from "../email-address.ts";
import { Problem } from "../errors.ts";
import { readStripe } from "../stripe/stripe-client.ts";
import { isStripeId } from "../stripe/stripe-fields.ts";
import { type Fields, fieldOf, numberOf, textOf } from "../untrusted.ts";
import { type CustomerCall, customersLike } from "./customers-like.ts";
import { mappedCustomerId } from "./mapped-customer.ts";
import { identityAtStripe, identityOf, type SearchedPerson } from "./person.ts";

/** The customer as Stripe has it now; undefined if Stripe does not have it, or has deleted it. */
export async function customerNow(customerId: string, context: CustomerCall): Promise<Fields | undefined> {
  if (!isStripeId(customerId)) return undefined;
  const found = await readStripe(`/v1/customers/${encodeURIComponent(customerId)}`, context);
  return found === undefined || found.deleted === true ? undefined : found;
}

/**
 * The person's customer. `onlyCustomerId` leaves every other customer out. An address means the customer without a user id;
 * if there is none, it means the only user who has the address. Throws CONFLICT if several users have it.
 */
export async function findCustomer(
  person: SearchedPerson,
  context: CustomerCall,
  onlyCustomerId?: string,
): Promise<Fields | undefined> {
  const identity = identityOf(person);
  const isSearched = ({ id }: Fields) => onlyCustomerId === undefined || id === onlyCustomerId;
  const mappedId = await mappedCustomerId(identity);
  const mapped = mappedId === undefined ? undefined : await customerNow(mappedId, context);
  if (mapped !== undefined && identityAtStripe(mapped) === identity && isSearched(mapped)) return mapped;
  const candidates = (await customersLike(person, context)).filter(isSearched).filter(matches(person));
  const own = candidates.filter((customer) => identityAtStripe(customer) === identity);
  if (own.length === 0 && new Set(candidates.map(identityAtStripe)).size > 1) throw severalUsers();
  for (const { id } of oldestFirst(own.length === 0 ? candidates : own)) {
    // A search can return what the customer was a minute ago.
    const current = await customerNow(String(id), context);
    if (current !== undefined && matches(person)(current)) return current;
  }
  return undefined;
}

function matches({ userId, email = "" }: SearchedPerson): (customer: Fields) => boolean {
  return userId !== undefined
    ? (customer) => textOf(fieldOf(customer.metadata, "userId")) === userId
    : (customer) => comparableAddress(textOf(customer.email) ?? "") === comparableAddress(email);
}

/** Stripe lists the newest first, also among those of one second. */
export function oldestFirst(customers: readonly Fields[]): Fields[] {
  return customers.toReversed().sort((a, b) => (numberOf(a.created) ?? 0) - (numberOf(b.created) ?? 0));
}

function severalUsers(): Problem {
  const message = "is the address of several users; send userId or customerId instead";
  return new Problem("CONFLICT", `email ${message}`, { issues: [{ path: "email", message }] });
}
