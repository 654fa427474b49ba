/**
 * Every customer at Stripe that could be a person's, deleted ones left out: by address and by user id, from every page. The
 * list compares addresses with their case but is current; a search ignores case but lags behind by a minute or so.
 */
import type { CallContext } from "../call-context.ts";
import { spellingsOf } from "../email-address.ts";
import { Problem } from "../errors.ts";
import { log } from "../log.ts";
import { allOf } from "../stripe/all-pages.ts";
import { readStripe, type StripeCall } from "../stripe/stripe-client.ts";
import { listed } from "../stripe/stripe-fields.ts";
import { type Fields, fieldsOf, textOf } from "../untrusted.ts";
import type { SearchedPerson } from "./person.ts";

/** The context of a call that looks for customers at Stripe. */
export type CustomerCall = StripeCall & Pick<CallContext, "requestId">;

/** Stripe's largest page. */
const LIMIT = 100;

/** More than the person's own customers: the caller decides which of them are. Throws the problems of `readStripe`. */
export async function customersLike(
  { email, userId }: SearchedPerson,
  context: CustomerCall,
): Promise<Fields[]> {
  const spellings = email === undefined ? [] : spellingsOf(email);
  const queries =
    userId === undefined
      ? [...new Set(spellings.map((spelling) => spelling.toLowerCase()))].map(
          (spelling) => `email:${quoted(spelling)}`,
        )
      : [`metadata["userId"]:${quoted(userId)}`];
  const found = await Promise.all([
    ...spellings.map((spelling) => allOf("/v1/customers", context, { email: spelling })),
    ...queries.map((query) => search(query, context)),
  ]);
  return [...new Map(found.flat().map((customer) => [customer.id, customer])).values()];
}

/** A text of Stripe's search language. https://docs.stripe.com/search#search-query-language */
const quoted = (text: string) => `"${text.replaceAll(/["\\]/g, "\\$&")}"`;

async function search(query: string, context: CustomerCall): Promise<Fields[]> {
  const customers: Fields[] = [];
  let next: string | undefined;
  do {
    const page = await searchPage(query, next, context);
    customers.push(...listed(page).map(fieldsOf));
    next = page?.has_more === true ? textOf(page.next_page) : undefined;
  } while (next !== undefined);
  return customers;
}

/** Stripe has no search for accounts in India: there, only what the list finds is found. */
async function searchPage(
  query: string,
  page: string | undefined,
  context: CustomerCall,
): Promise<Fields | undefined> {
  try {
    return await readStripe("/v1/customers/search", context, {
      query,
      limit: LIMIT,
      ...(page === undefined ? {} : { page }),
    });
  } catch (thrown) {
    const isRefused =
      thrown instanceof Problem && ["INTERNAL_ERROR", "VALIDATION_FAILED"].includes(thrown.code);
    if (!isRefused) throw thrown;
    log("warn", { event: "customers.search-refused", requestId: context.requestId });
    return undefined;
  }
}
