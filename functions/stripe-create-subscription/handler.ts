import { contract } from "../../generated/capabilities/stripe-create-subscription.ts";
import { policy } from "../../generated/policy.ts";
import { capabilityHandler } from "../../lib/transport/capability-handler.ts";
import { checkInputs, createSubscription } from "./operation.ts";

export const handler = capabilityHandler({ contract, checkInputs, operation: createSubscription, policy });
