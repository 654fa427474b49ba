import { contract } from "../../generated/capabilities/stripe-create-customer.ts";
import { policy } from "../../generated/policy.ts";
import { capabilityHandler } from "../../lib/transport/capability-handler.ts";
import { checkInputs, createCustomer } from "./operation.ts";

export const handler = capabilityHandler({ contract, checkInputs, operation: createCustomer, policy });
