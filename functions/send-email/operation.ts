/**
 * Sends one mail from a template through SES. The template declares its data; lib/email makes the values of its tags. A
 * mail about a payment shows the amount and currency that the payment has at Stripe.
 */
import type { Inputs, Outputs } from "../../generated/capabilities/send-email.ts";
import { emailTemplates } from "../../generated/email-templates.ts";
import { sendMessage } from "../../lib/aws/ses.ts";
import type { Operation, OperationContext } from "../../lib/capability/capability.ts";
import { checkedTemplate } from "../../lib/email/checked-template.ts";
import { mailedPayment, withPaymentsFacts } from "../../lib/email/mailed-payment.ts";
import { renderMail } from "../../lib/email/render-mail.ts";
import { optionalEnv } from "../../lib/env.ts";
import { objectPath } from "../../lib/events/object-paths.ts";
import { stripeReader } from "../../lib/events/resolve-event.ts";

/** The specification's workflow writes to this address in a reserved domain. It is replaced by the administrator's. */
const ADMIN_PLACEHOLDER = "admin@example.com";

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
