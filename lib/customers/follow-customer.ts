/**
 * Keeps the mapping of persons to Stripe customers in step with changes at Stripe: an address that is changed in the
 * dashboard, a customer that is deleted, one with a user id that was created elsewhere. The current state is read from
 * Stripe, so the order of the events does not matter.
 */
import type { Effect } from "../events/consume.ts";
import type { ReadStripe } from "../events/resolve-event.ts";
import { fetchObject } from "../events/resolve-event.ts";
import type { StripeEvent, StripeObject } from "../events/stripe-event.ts";
import { ownAccount } from "../stripe/stripe-account.ts";
import { type Fields, fieldOf, fieldsOf, textOf } from "../untrusted.ts";
import { forgetCustomer, mapCustomer } from "./customer-mapping.ts";
import { mappedCustomerId } from "./mapped-customer.ts";
import { identityAtStripe, identityOf } from "./person.ts";

export const followCustomer: Effect = async ({ event, current }, { read }) => {
  const { object, previous = {} } = event;
  if (object.object !== "customer") return;
  if (!current.final && !changesIdentity(previous) && !(await isUnmappedUser(event))) return;
  const now = current.final ? undefined : await fetchObject("customer", object.id, read);
  await forgetEarlier([object, { ...object, ...previous, metadata: earlierMetadata(object, previous) }], now);
  if (now !== undefined) await recordPerson(now, read);
};

/** Records at once that a customer is another person's, or nobody's; both as Stripe returns it. The events repeat it. */
export async function moveCustomer(before: Fields, now: Fields | undefined, read: ReadStripe): Promise<void> {
  await forgetEarlier([before], now);
  const changesPerson = now !== undefined && identityAtStripe(now) !== identityAtStripe(before);
  if (changesPerson) await recordPerson(now, read);
}

async function forgetEarlier(earlier: readonly Fields[], now: Fields | undefined): Promise<void> {
  const identity = now && identityAtStripe(now);
  for (const customer of earlier) {
    const stale = identityAtStripe(customer);
    if (stale !== undefined && stale !== identity) await forgetCustomer(stale, String(customer.id));
  }
}

async function recordPerson(customer: Fields, read: ReadStripe): Promise<void> {
  const identity = identityAtStripe(customer);
  if (identity === undefined) return;
  const account = await ownAccount(read);
  const livemode = customer.livemode === true;
  await mapCustomer(identity, { customerId: String(customer.id), account, livemode });
}

/**
 * Whether the event is about a new customer with a user id that nobody has mapped, such as one from Checkout or the
 * dashboard: the application can ask for it by that id.
 */
async function isUnmappedUser({ type, object }: StripeEvent): Promise<boolean> {
  const userId = textOf(fieldOf(object.metadata, "userId"))?.trim() ?? "";
  return (
    type === "customer.created" &&
    userId !== "" &&
    (await mappedCustomerId(identityOf({ userId }))) === undefined
  );
}

function changesIdentity(previous: Readonly<Record<string, unknown>>): boolean {
  return "email" in previous || "metadata" in previous;
}

/** For a hash, Stripe sends the old values of the changed keys only. */
function earlierMetadata(object: StripeObject, previous: Readonly<Record<string, unknown>>): object {
  return { ...fieldsOf(object.metadata), ...fieldsOf(previous.metadata) };
}
