/**
 * Finds or creates the Stripe customer of one person: by the application's own id in `metadata.userId`, else by email.
 * The mapping is kept in DynamoDB; concurrent calls create only one customer.
 */

import { createHash } from "node:crypto";
import type Stripe from "stripe";
import type { Inputs, Outputs } from "../../generated/capabilities/stripe-create-customer.ts";
import type { Operation, OperationContext } from "../../lib/capability/capability.ts";
import { customerIdentity, findOrCreateCustomer } from "../../lib/customers/customer-mapping.ts";
import { addressMistake } from "../../lib/email-address.ts";
import { invalidField } from "../../lib/errors.ts";
import { present } from "../../lib/present.ts";
import { withStripe } from "../../lib/stripe/stripe-client.ts";
import { stripeMetadata } from "../../lib/stripe/stripe-metadata.ts";
import type { ParametersOf } from "../../lib/stripe/stripe-parameters.ts";

/** Throws VALIDATION_FAILED for an impossible address, or for metadata that Stripe would not keep. */
export function checkInputs({ email, metadata }: Inputs): void {
  const mistake = addressMistake(email);
  if (mistake !== undefined) throw invalidField("email", mistake);
  const { userId } = stripeMetadata(metadata);
  // An application without ids might send a blank one for every user: they would all become one customer.
  if (userId?.trim() === "") throw invalidField("metadata.userId", "must not be blank; leave it out");
}

const parameters: ParametersOf<Inputs> = { email: "email", name: "name", metadata: "metadata" };

export const createCustomer: Operation<Inputs, Outputs> = async (inputs, context) => {
  const metadata = stripeMetadata(inputs.metadata);
  const { userId } = metadata;
  const identity = customerIdentity({ email: inputs.email, ...present({ userId }) });

  return findOrCreateCustomer(identity, context, async () => {
    const known = await findAtStripe(inputs.email, userId, context);
    if (known !== undefined) return { customerId: known.id, email: known.email ?? inputs.email };
    const params: Stripe.CustomerCreateParams = {
      email: inputs.email,
      metadata,
      ...present({ name: inputs.name }),
    };
    const created = await withStripe(
      { ...context, idempotencyKey: creationKey(identity, params) },
      parameters,
      (stripe, options) => stripe.customers.create(params, options),
    );
    return { customerId: created.id, email: created.email ?? inputs.email };
  });
};

/** An existing customer: created before this deployment, or by a call that crashed before it recorded the customer. */
async function findAtStripe(email: string, userId: string | undefined, context: OperationContext) {
  const found = await withStripe(context, parameters, (stripe, options) =>
    stripe.customers.list({ email, limit: 100 }, present({ timeout: options.timeout })),
  );
  const matching = found.data.filter(
    (customer) => userId === undefined || customer.metadata.userId === userId,
  );
  return matching.sort((a, b) => a.created - b.created)[0];
}

/** The same for every call that would create this customer, regardless of its principal and idempotency key. */
function creationKey(identity: string, params: Stripe.CustomerCreateParams): string {
  return createHash("sha256")
    .update(JSON.stringify([identity, params]))
    .digest("hex");
}
