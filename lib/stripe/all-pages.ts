/** Reads a list of Stripe's to its end. */
import { type Fields, fieldsOf } from "../untrusted.ts";
import { readStripe, type StripeCall } from "./stripe-client.ts";
import { idOf, listed } from "./stripe-fields.ts";

/** Stripe's largest page. */
const LIMIT = 100;

/** Every object in the list at `path`, such as `/v1/customers`. Throws the problems of `readStripe`. */
export async function allOf(
  path: string,
  context: StripeCall,
  query: Readonly<Record<string, unknown>> = {},
): Promise<Fields[]> {
  const found: Fields[] = [];
  let after: string | undefined;
  do {
    const cursor = after === undefined ? {} : { starting_after: after };
    const page = await readStripe(path, context, { ...query, limit: LIMIT, ...cursor });
    const read = listed(page).map(fieldsOf);
    found.push(...read);
    after = page?.has_more === true ? idOf(read.at(-1)) : undefined;
  } while (after !== undefined);
  return found;
}
