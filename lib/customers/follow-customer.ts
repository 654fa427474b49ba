/**
 * Keeps the mapping of persons to Stripe customers in step with changes at Stripe: an address that is changed in the
 * dashboard, a customer that is deleted. The current state is read from Stripe, so the order of the events does not matter.
 */
import type { Effect } from "../events/consume.ts";
import { fetchObject } from "../events/resolve-event.ts";
import type { StripeObject } from "../events/stripe-event.ts";
import { present } from "../present.ts";
import { fieldOf, fieldsOf, textOf } from "../untrusted.ts";
import { customerIdentity, forgetCustomer, mapCustomer } from "./customer-mapping.ts";

export const followCustomer: Effect = async ({ event, current }, { read }) => {
  const { object, previous = {} } = event;
  if (object.object !== "customer") return;
  if (!current.final && !changesIdentity(previous)) return;
  const now = current.final ? undefined : await fetchObject("customer", object.id, read);
  const exists = now !== undefined && now.deleted !== true;
  const identity = exists ? identityOf(now) : undefined;

  const earlier = [object, { ...object, ...previous, metadata: earlierMetadata(object, previous) }];
  for (const stale of new Set(earlier.map(identityOf))) {
    if (stale !== undefined && stale !== identity) await forgetCustomer(stale, object.id);
  }
  if (exists && identity !== undefined) {
    await mapCustomer(identity, { customerId: object.id, email: String(now.email) });
  }
};

function changesIdentity(previous: Readonly<Record<string, unknown>>): boolean {
  return "email" in previous || "metadata" in previous;
}

/** For a hash, Stripe sends the old values of the changed keys only. */
function earlierMetadata(object: StripeObject, previous: Readonly<Record<string, unknown>>): object {
  return { ...fieldsOf(object.metadata), ...fieldsOf(previous.metadata) };
}

/** Undefined for a customer without an address: none of our calls can refer to it. */
function identityOf(customer: Readonly<Record<string, unknown>>): string | undefined {
  const { email } = customer;
  if (typeof email !== "string") return undefined;
  return customerIdentity({ email, ...present({ userId: textOf(fieldOf(customer.metadata, "userId")) }) });
}
