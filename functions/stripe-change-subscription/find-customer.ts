import type { Inputs } from "../../generated/capabilities/stripe-change-subscription.ts";
import type { FindCustomer } from "../../lib/capability/capability.ts";
import { customerOfObject } from "../../lib/stripe/customer-of-object.ts";

export const findCustomer: FindCustomer<Inputs> = ({ subscriptionId }, context) =>
  customerOfObject("subscriptions", subscriptionId, "subscriptionId", context);
