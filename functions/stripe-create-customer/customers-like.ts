/**
 * Every customer at Stripe that could be a person's, deleted ones left out: by address and by user id, from every page. The
 * list compares addresses with their case but is current; a search ignores case but lags behind by a minute or so.
 */
import type { OperationContext } from "../../lib/capability/capability.ts";
import type { Person } from "../../lib/customers/person.ts";
import { spellingsOf } from "../../lib/email-address.ts";
import { Problem } from "../../lib/errors.ts";
import { log } from "../../lib/log.ts";
import { readStripe } from "../../lib/stripe/stripe-client.ts";
import { idOf, listed } from "../../lib/stripe/stripe-fields.ts";
import { type Fields, fieldsOf, textOf } from "../../lib/untrusted.ts";

/** Stripe's largest page. */
const LIMIT = 100;

/** More than the person's own customers: the caller decides which of them are. Throws the problems of `readStripe`. */
export async function customersLike({ email, userId }: Person, context: OperationContext): Promise<Fields[]> {
  const spellings = spellingsOf(email);
  const queries =
    userId === undefined
      ? [...new Set(spellings.map((spelling) => spelling.toLowerCase()))].map(
          (spelling) => `email:${quoted(spelling)}`,
        )
      : [`metadata["userId"]:${quoted(userId)}`];
  const found = await Promise.all([
    ...spellings.map((spelling) => listByAddress(spelling, context)),
    ...queries.map((query) => search(query, context)),
  ]);
  return [...new Map(found.flat().map((customer) => [customer.id, customer])).values()];
}

/** A text of Stripe's search language. https://docs.stripe.com/search#search-query-language */
const quoted = (text: string) => `"${text.replaceAll(/["\\]/g, "\\$&")}"`;

async function listByAddress(email: string, context: OperationContext): Promise<Fields[]> {
  const customers: Fields[] = [];
  let after: string | undefined;
  do {
    const page = await readStripe("/v1/customers", context, {
      email,
      limit: LIMIT,
      ...(after === undefined ? {} : { starting_after: after }),
    });
    const read = listed(page).map(fieldsOf);
    customers.push(...read);
    after = page?.has_more === true ? idOf(read.at(-1)) : undefined;
  } while (after !== undefined);
  return customers;
}

async function search(query: string, context: OperationContext): Promise<Fields[]> {
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
  context: OperationContext,
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
