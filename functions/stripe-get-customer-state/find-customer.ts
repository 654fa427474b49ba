import type { Inputs } from "../../generated/capabilities/stripe-get-customer-state.ts";
import type { FindCustomer } from "../../lib/capability/capability.ts";
import { customerOfUser } from "../../lib/customers/customer-of-user.ts";

export const findCustomer: FindCustomer<Inputs> = ({ userId = "" }) => customerOfUser(userId);
