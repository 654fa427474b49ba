import { contract } from "../../generated/capabilities/send-email.ts";
import { policy } from "../../generated/policy.ts";
import { capabilityHandler } from "../../lib/transport/capability-handler.ts";
import { checkInputs, sendEmail } from "./operation.ts";

export const handler = capabilityHandler({ contract, checkInputs, operation: sendEmail, policy });
