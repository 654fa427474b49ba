import type Stripe from "stripe";
import { invalidRequest } from "../protocol/errors.ts";
import type { Context } from "../state/context.ts";

/** The tax rates with these ids. Throws a 400 for one that does not exist or is inactive. */
export function taxRatesOf(
  { store }: Context,
  ids: readonly string[] | null,
  param: string,
): Stripe.TaxRate[] {
  return (ids ?? []).map((id, index) => {
    const rate = store.get("tax_rate", id, `${param}[${index}]`);
    if (rate.active) return rate;
    throw invalidRequest(`The tax rate ${id} is inactive.`, undefined, `${param}[${index}]`);
  });
}
