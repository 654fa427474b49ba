import { contract } from "../../generated/capabilities/stripe-create-customer.ts";
import { policyRules } from "../../generated/policy.ts";
import { createPolicy } from "../../lib/policy/decide.ts";
import { capabilityHandler } from "../../lib/transport/capability-handler.ts";
import { createCustomer } from "./operation.ts";

export const handler = capabilityHandler(contract, createCustomer, createPolicy(policyRules));
