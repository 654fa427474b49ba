import { contract } from "../../generated/capabilities/send-email.ts";
import { capabilityHandler } from "../../lib/transport/capability-handler.ts";
import { sendEmail } from "./operation.ts";

export const handler = capabilityHandler(contract, sendEmail);
