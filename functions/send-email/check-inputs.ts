import type { Inputs } from "../../generated/capabilities/send-email.ts";
import { emailTemplates } from "../../generated/email-templates.ts";
import { checkedTemplate } from "../../lib/email/checked-template.ts";
import { mailedPayment } from "../../lib/email/mailed-payment.ts";
import { addressMistake } from "../../lib/email-address.ts";
import { invalidField } from "../../lib/errors.ts";

/**
 * Throws VALIDATION_FAILED for an impossible address, an unknown template, or data that the template does not declare.
 */
export function checkInputs(inputs: Inputs): void {
  const mistake = addressMistake(inputs.to);
  if (mistake !== undefined) throw invalidField("to", mistake);
  const { data } = checkedTemplate(emailTemplates, inputs);
  mailedPayment(inputs.template, data);
}
