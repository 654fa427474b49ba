import { contract } from "../../generated/capabilities/stripe-create-subscription.ts";
import { capabilityHandler } from "../../lib/transport/capability-handler.ts";
import { createSubscription } from "./operation.ts";

export const handler = capabilityHandler(contract, createSubscription);
