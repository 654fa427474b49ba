import type { Inputs } from "../../generated/capabilities/stripe-change-subscription.ts";
import type { TimeLimit } from "../../lib/call-context.ts";
import { invalidField } from "../../lib/errors.ts";
import { appSecrets } from "../../lib/secrets/secrets.ts";
import { openQuote, type Quote } from "../../lib/subscriptions/quote.ts";
import { staleQuote } from "../../lib/subscriptions/stale-quote.ts";

/**
 * The quote, if it is for this change and has not expired. Throws PRECONDITION_FAILED that says which, and VALIDATION_FAILED for
 * a text that is not a quote of ours.
 */
export async function acceptedQuote(
  inputs: Inputs,
  text: string,
  { now }: Pick<TimeLimit, "now">,
): Promise<Quote> {
  const quote = openQuote(text, await appSecrets());
  if (quote === undefined)
    throw invalidField("quote", "must be a quote that stripe-preview-subscription-change returned");
  if (quote.subscriptionId !== inputs.subscriptionId)
    throw staleQuote("was made for another subscription", "preview the change of this one");
  if (!isFor(quote, inputs)) throw staleQuote("was made for another change", "preview this one");
  if (quote.expiresAt * 1000 <= now().getTime()) {
    const expiredAt = new Date(quote.expiresAt * 1000).toISOString();
    throw staleQuote(`expired at ${expiredAt}`, "preview the change again");
  }
  return quote;
}

/** What the inputs leave out is as the quote says. */
function isFor({ change }: Quote, { priceId, quantity, proration }: Inputs): boolean {
  return (
    (priceId === undefined || priceId === change.priceId) &&
    (quantity === undefined || quantity === change.quantity) &&
    (proration === undefined || proration === change.proration)
  );
}
