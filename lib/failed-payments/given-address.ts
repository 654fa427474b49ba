/**
 * The payer's address as the application gave it: the customer's, or the receipt address with which the application
 * created the payment. A mail never goes to an address that was entered on the pay page, because anyone who holds the link
 * could send our mails, with a fresh link, to strangers.
 */

import { isEmailAddress } from "../email-address.ts";
import type { ReadStripe } from "../events/resolve-event.ts";
import { listed } from "../stripe/stripe-fields.ts";
import { type Fields, fieldOf, fieldsOf, numberOf, textOf } from "../untrusted.ts";

/** Stripe creates the event with the payment, or a moment later. */
const EVENT_DELAY_SECONDS = 5;
const PAGE_SIZE = 100;
const MAX_PAGES = 10;

/** Undefined if the application gave none. `intent` is a payment intent with its expanded customer. */
export async function givenAddress(intent: Fields, read: ReadStripe): Promise<string | undefined> {
  const customers = textOf(fieldOf(intent, "customer", "email"));
  const receipts = textOf(intent.receipt_email);
  if (isAddress(receipts) && receipts !== customers && (await wasCreatedWith(receipts, intent, read)))
    return receipts;
  return isAddress(customers) ? customers : undefined;
}

export function isAddress(text: string | undefined): text is string {
  return text !== undefined && isEmailAddress(text);
}

/**
 * Whether the payment had this receipt address when it was created, which takes the secret key. Later, a browser with
 * the client secret can change it, too. Stripe keeps the event for 30 days; an older payment counts as not created with
 * it.
 */
async function wasCreatedWith(receiptEmail: string, intent: Fields, read: ReadStripe): Promise<boolean> {
  const created = numberOf(intent.created);
  if (created === undefined) return false;
  let after: string | undefined;
  for (let page = 0; page < MAX_PAGES; page += 1) {
    const answer = await read("/v1/events", {
      type: "payment_intent.created",
      "created[gte]": created,
      "created[lte]": created + EVENT_DELAY_SECONDS,
      limit: PAGE_SIZE,
      ...(after === undefined ? {} : { starting_after: after }),
    });
    const events = listed(answer);
    const objects = events.map((event) => fieldsOf(fieldOf(event, "data", "object")));
    const asCreated = objects.find(({ id }) => id === intent.id);
    if (asCreated !== undefined) return asCreated.receipt_email === receiptEmail;
    after = textOf(fieldOf(events.at(-1), "id"));
    if (after === undefined || fieldOf(answer, "has_more") !== true) return false;
  }
  return false;
}
