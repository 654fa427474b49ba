import { contract } from "../../generated/capabilities/stripe-create-payment-intent.ts";
import { policy } from "../../generated/policy.ts";
import { capabilityHandler } from "../../lib/transport/capability-handler.ts";
import { checkInputs, createPaymentIntent } from "./operation.ts";

export const handler = capabilityHandler({ contract, checkInputs, operation: createPaymentIntent, policy });
