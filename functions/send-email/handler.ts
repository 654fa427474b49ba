import { contract } from "../../generated/capabilities/send-email.ts";
import { policyRules } from "../../generated/policy.ts";
import { createPolicy } from "../../lib/policy/decide.ts";
import { capabilityHandler } from "../../lib/transport/capability-handler.ts";
import { sendEmail } from "./operation.ts";

export const handler = capabilityHandler(contract, sendEmail, createPolicy(policyRules));
