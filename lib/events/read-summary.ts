/** Reads all entitlements of a customer from Stripe, where an event lists ten at most. */
import { idOf, listed } from "../stripe/stripe-fields.ts";
import { fieldOf } from "../untrusted.ts";
import { ENTITLEMENT_SUMMARY, SUMMARY_PREFIX } from "./entitlement-summary.ts";
import type { ReadStripe } from "./read-stripe.ts";
import type { StripeObject } from "./stripe-event.ts";

/** Stripe's limit of one page. */
const PAGE = 100;

/** The whole summary from Stripe; undefined for an id that is not a summary's. */
export async function readSummary(id: string, read: ReadStripe): Promise<StripeObject | undefined> {
  if (!id.startsWith(SUMMARY_PREFIX)) return undefined;
  const customer = id.slice(SUMMARY_PREFIX.length);
  const data: unknown[] = [];
  for (;;) {
    const last = idOf(data.at(-1));
    const page = await read("/v1/entitlements/active_entitlements", {
      customer,
      limit: PAGE,
      ...(last === undefined ? {} : { starting_after: last }),
    });
    const found = listed(page);
    data.push(...found);
    if (found.length === 0 || fieldOf(page, "has_more") !== true) break;
  }
  return { id, object: ENTITLEMENT_SUMMARY, customer, entitlements: { data } };
}
