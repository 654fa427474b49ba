import type { Inputs } from "../../generated/capabilities/send-email.ts";
import { emailTemplates } from "../../generated/email-templates.ts";
import { checkedTemplate } from "../../lib/email/checked-template.ts";
import { mailedObject } from "../../lib/email/mailed-object.ts";
import { mailedPayment } from "../../lib/email/mailed-payment.ts";
import { ownMail } from "../../lib/email/own-mail.ts";
import { addressMistake } from "../../lib/email-address.ts";
import { invalidField } from "../../lib/errors.ts";

/**
 * Throws VALIDATION_FAILED for an impossible address, a mail that is neither from a template nor the caller's own, an unknown
 * template, or data that the template does not declare.
 */
export function checkInputs(inputs: Inputs): void {
  const mistake = addressMistake(inputs.to);
  if (mistake !== undefined) throw invalidField("to", mistake);
  if (ownMail(inputs) !== undefined) return;
  const { template = "" } = inputs;
  const { data } = checkedTemplate(emailTemplates, { ...inputs, template });
  mailedPayment(template, data);
  mailedObject(template, data);
}
