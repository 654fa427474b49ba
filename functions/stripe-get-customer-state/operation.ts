/**
 * The state of a customer: one query of our own table and no call to Stripe, unless the caller wants it fresh, or nothing is
 * recorded yet because the customer's first event is on its way.
 */
import type { Inputs, Outputs } from "../../generated/capabilities/stripe-get-customer-state.ts";
import type { Operation } from "../../lib/capability/capability.ts";
import { customerState } from "../../lib/customers/customer-state.ts";
import { graceDays } from "../../lib/customers/grace-days.ts";
import { mappedCustomerId } from "../../lib/customers/mapped-customer.ts";
import { identityOf } from "../../lib/customers/person.ts";
import { recordedOf, recordsAtStripe } from "../../lib/customers/recorded-customer.ts";
import { Problem } from "../../lib/errors.ts";
import { stripeReader } from "../../lib/events/resolve-event.ts";

export const getCustomerState: Operation<Inputs, Outputs> = async ({ fresh, ...asked }, context) => {
  const customerId = asked.customerId ?? (await mappedCustomerId(identityOf({ userId: asked.userId ?? "" })));
  if (customerId === undefined) throw unknown("userId", "has no customer");
  const now = context.now();
  const recorded = fresh === true ? [] : await recordedOf(customerId);
  const records =
    recorded.length > 0 ? recorded : await recordsAtStripe(customerId, stripeReader(context), now);
  if (records === undefined)
    throw asked.customerId === undefined
      ? unknown("userId", "has a customer that does not exist at Stripe")
      : unknown("customerId", "does not exist at Stripe");
  const { subscriptions, entitlements, ...state } = customerState(customerId, records, {
    now,
    graceDays: graceDays(),
  });
  return {
    ...state,
    subscriptions: subscriptions.map(({ items, metadata, ...rest }) => ({
      ...rest,
      items: [...items],
      metadata: { ...metadata },
    })),
    entitlements: [...entitlements],
  };
};

function unknown(path: string, message: string): Problem {
  return new Problem("NOT_FOUND", `${path} ${message}`, { issues: [{ path, message }] });
}
