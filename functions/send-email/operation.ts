/**
 * Sends one mail from a template through SES. The template declares its data; lib/email makes the values of its tags.
 */
import type { Inputs, Outputs } from "../../generated/capabilities/send-email.ts";
import { emailTemplates } from "../../generated/email-templates.ts";
import { sendMessage } from "../../lib/aws/ses.ts";
import type { Operation } from "../../lib/capability/capability.ts";
import { checkedTemplate, renderMail } from "../../lib/email/render-mail.ts";
import { addressMistake } from "../../lib/email-address.ts";
import { optionalEnv } from "../../lib/env.ts";
import { invalidField } from "../../lib/errors.ts";

/** The specification's workflow writes to this address in a reserved domain. It is replaced by the administrator's. */
const ADMIN_PLACEHOLDER = "admin@example.com";

/**
 * Throws VALIDATION_FAILED for an impossible address, an unknown template, or data that the template does not declare.
 */
export function checkInputs(inputs: Inputs): void {
  const mistake = addressMistake(inputs.to);
  if (mistake !== undefined) throw invalidField("to", mistake);
  checkedTemplate(emailTemplates, inputs);
}

export const sendEmail: Operation<Inputs, Outputs> = async (inputs, context) => {
  const to = inputs.to === ADMIN_PLACEHOLDER ? (optionalEnv("ADMIN_EMAIL") ?? inputs.to) : inputs.to;
  return sendMessage(await renderMail(emailTemplates, { ...inputs, to }, context.now()));
};
