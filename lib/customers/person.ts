/**
 * The one definition of "the same person": the application's user id, or for those without one the email address. A Stripe
 * customer with a user id is never the customer of an address, even if it has that address. Pure.
 */
import { createHash } from "node:crypto";
import { comparableAddress } from "../email-address.ts";
import { type Fields, fieldOf, textOf } from "../untrusted.ts";

export interface Person {
  /** The application's own id. A blank one counts as none. */
  readonly userId?: string | undefined;
  readonly email: string;
}

/** A person by one of the two, or by both. */
export type SearchedPerson =
  | Person
  | { readonly userId: string; readonly email?: undefined }
  | { readonly userId?: undefined; readonly email: string };

/** The key of the person's mapping. The address is a digest, so that keys contain no address. */
export function identityOf({ userId = "", email = "" }: SearchedPerson): string {
  if (userId.trim() !== "") return `user:${userId}`;
  return `email:${createHash("sha256").update(comparableAddress(email)).digest("hex")}`;
}

/** Whose customer this object of Stripe's is. Undefined if it is deleted, or has neither a user id nor an address. */
export function identityAtStripe(customer: Fields): string | undefined {
  if (customer.deleted === true) return undefined;
  const userId = textOf(fieldOf(customer.metadata, "userId"));
  const email = textOf(customer.email) ?? "";
  return userId?.trim() || email !== "" ? identityOf({ userId, email }) : undefined;
}
