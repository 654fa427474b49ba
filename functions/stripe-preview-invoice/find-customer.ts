import type { Inputs } from "../../generated/capabilities/stripe-preview-invoice.ts";
import type { FindCustomer } from "../../lib/capability/capability.ts";
import { customerOfObject } from "../../lib/stripe/customer-of-object.ts";

export const findCustomer: FindCustomer<Inputs> = async ({ subscriptionId, customerId }, context) =>
  subscriptionId === undefined
    ? customerId
    : customerOfObject("subscriptions", subscriptionId, "subscriptionId", context);
