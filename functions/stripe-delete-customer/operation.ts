/** Deletes a customer at Stripe, and forgets whose customer it was. A customer that is deleted already stays deleted. */
import type { Inputs, Outputs } from "../../generated/capabilities/stripe-delete-customer.ts";
import type { Operation, OperationContext } from "../../lib/capability/capability.ts";
import { moveCustomer } from "../../lib/customers/follow-customer.ts";
import { missingObject, Problem } from "../../lib/errors.ts";
import { readStripe, withStripe } from "../../lib/stripe/stripe-client.ts";
import { isStripeId } from "../../lib/stripe/stripe-fields.ts";
import type { ParametersOf } from "../../lib/stripe/stripe-parameters.ts";
import type { Fields } from "../../lib/untrusted.ts";

const parameters: ParametersOf<Inputs> = { customerId: ["customer", "id"] };

export const deleteCustomer: Operation<Inputs, Outputs> = async ({ customerId }, context) => {
  const before = await customerOrDeleted(customerId, context);
  if (before === undefined) throw missingObject("customerId");
  if (before.deleted !== true) {
    await deleteAtStripe(customerId, context);
    await moveCustomer(before, undefined, (path, query) => readStripe(path, context, query));
  }
  return { customerId, deleted: true };
};

/** Stripe ignores an idempotency key here: a repeated request, whose first response was lost, finds no customer. */
async function deleteAtStripe(customerId: string, context: OperationContext): Promise<void> {
  try {
    await withStripe(context, parameters, (stripe, options) => stripe.customers.del(customerId, {}, options));
  } catch (thrown) {
    if (!(thrown instanceof Problem) || thrown.code !== "NOT_FOUND") throw thrown;
    if ((await customerOrDeleted(customerId, context))?.deleted !== true) throw thrown;
  }
}

/** Of a deleted customer, Stripe returns the id and `deleted`. */
async function customerOrDeleted(id: string, context: OperationContext): Promise<Fields | undefined> {
  return isStripeId(id) ? readStripe(`/v1/customers/${encodeURIComponent(id)}`, context) : undefined;
}
