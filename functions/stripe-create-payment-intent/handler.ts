import { contract } from "../../generated/capabilities/stripe-create-payment-intent.ts";
import { capabilityHandler } from "../../lib/transport/capability-handler.ts";
import { createPaymentIntent } from "./operation.ts";

export const handler = capabilityHandler(contract, createPaymentIntent);
