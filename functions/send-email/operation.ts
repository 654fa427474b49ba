/**
 * Sends one mail from a template through SES. The template declares its data; lib/email makes the values of its tags. A
 * mail about a payment shows the amount and currency that the payment has at Stripe.
 */
import type { Inputs, Outputs } from "../../generated/capabilities/send-email.ts";
import { emailTemplates } from "../../generated/email-templates.ts";
import { sendMessage } from "../../lib/aws/ses.ts";
import type { Operation, OperationContext } from "../../lib/capability/capability.ts";
import { mailedPayment, withPaymentsFacts } from "../../lib/email/mailed-payment.ts";
import { checkedTemplate, renderMail } from "../../lib/email/render-mail.ts";
import { addressMistake } from "../../lib/email-address.ts";
import { optionalEnv } from "../../lib/env.ts";
import { invalidField } from "../../lib/errors.ts";
import { objectPath } from "../../lib/events/object-paths.ts";
import { stripeReader } from "../../lib/events/resolve-event.ts";

/** The specification's workflow writes to this address in a reserved domain. It is replaced by the administrator's. */
const ADMIN_PLACEHOLDER = "admin@example.com";

/**
 * Throws VALIDATION_FAILED for an impossible address, an unknown template, or data that the template does not declare.
 */
export function checkInputs(inputs: Inputs): void {
  const mistake = addressMistake(inputs.to);
  if (mistake !== undefined) throw invalidField("to", mistake);
  const { data } = checkedTemplate(emailTemplates, inputs);
  mailedPayment(inputs.template, data);
}

export const sendEmail: Operation<Inputs, Outputs> = async (inputs, context) => {
  const to = inputs.to === ADMIN_PLACEHOLDER ? (optionalEnv("ADMIN_EMAIL") ?? inputs.to) : inputs.to;
  const data = await dataWithFacts(inputs, context);
  return sendMessage(await renderMail(emailTemplates, { ...inputs, to, data }, context.now()));
};

async function dataWithFacts(inputs: Inputs, context: OperationContext): Promise<unknown> {
  const { data } = checkedTemplate(emailTemplates, inputs);
  const payment = mailedPayment(inputs.template, data);
  if (payment === undefined) return data;
  const path = objectPath(payment.objectType, payment.id);
  const found = path === undefined ? undefined : await stripeReader(context)(path);
  return withPaymentsFacts(data, payment, found);
}
