import { contract } from "../../generated/capabilities/stripe-create-payment-intent.ts";
import { policyRules } from "../../generated/policy.ts";
import { createPolicy } from "../../lib/policy/decide.ts";
import { capabilityHandler } from "../../lib/transport/capability-handler.ts";
import { createPaymentIntent } from "./operation.ts";

export const handler = capabilityHandler(contract, createPaymentIntent, createPolicy(policyRules));
