import { contract } from "../../generated/capabilities/stripe-create-subscription.ts";
import { policyRules } from "../../generated/policy.ts";
import { createPolicy } from "../../lib/policy/decide.ts";
import { capabilityHandler } from "../../lib/transport/capability-handler.ts";
import { createSubscription } from "./operation.ts";

export const handler = capabilityHandler(contract, createSubscription, createPolicy(policyRules));
