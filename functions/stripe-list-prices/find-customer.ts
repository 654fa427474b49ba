import type { Inputs } from "../../generated/capabilities/stripe-list-prices.ts";
import type { FindCustomer } from "../../lib/capability/capability.ts";

/** Prices are the same for everyone, so a principal that is bound to a customer may read them as its own. */
export const findCustomer: FindCustomer<Inputs> = async (_inputs, { principal }) => principal.customerId;
