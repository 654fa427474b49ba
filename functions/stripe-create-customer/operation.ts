/**
 * Finds or creates the Stripe customer of one person: by the application's own id in `metadata.userId`, else by email.
 * The mapping is kept in DynamoDB; concurrent calls create only one customer.
 */
import type { Inputs, Outputs } from "../../generated/capabilities/stripe-create-customer.ts";
import type { Operation } from "../../lib/capability/capability.ts";
import { findOrCreateCustomer } from "../../lib/customers/customer-mapping.ts";
import { identityOf } from "../../lib/customers/person.ts";
import { present } from "../../lib/present.ts";
import { stripeMetadata } from "../../lib/stripe/stripe-metadata.ts";
import { personAtStripe } from "./person-at-stripe.ts";

export const createCustomer: Operation<Inputs, Outputs> = async (
  { email, name, metadata: given },
  context,
) => {
  const metadata = stripeMetadata(given);
  const identity = identityOf({ userId: metadata.userId, email });
  const wanted = { email, metadata, ...present({ name }) };
  const customer = await findOrCreateCustomer(identity, context, personAtStripe(identity, wanted, context));
  return { customerId: customer.customerId, email: customer.email };
};
