/**
 * Sends one mail from a template through SES. The template declares its data; lib/email makes the values of its tags. A
 * mail about a payment shows the amount and currency that the payment has at Stripe.
 */
import type { Inputs, Outputs } from "../../generated/capabilities/send-email.ts";
import { emailTemplates } from "../../generated/email-templates.ts";
import { mails } from "../../generated/mails.ts";
import { sendMessage } from "../../lib/aws/ses.ts";
import type { Operation, OperationContext } from "../../lib/capability/capability.ts";
import { checkedTemplate } from "../../lib/email/checked-template.ts";
import { mailTags } from "../../lib/email/mail-tags.ts";
import { mailedPayment, withPaymentsFacts } from "../../lib/email/mailed-payment.ts";
import { renderMail } from "../../lib/email/render-mail.ts";
import { intentOfRun, type RunFacts, runFacts } from "../../lib/email/run-facts.ts";
import { optionalEnv } from "../../lib/env.ts";
import { objectPath } from "../../lib/events/object-paths.ts";
import { readStripe } from "../../lib/stripe/stripe-client.ts";
import { fieldsOf } from "../../lib/untrusted.ts";

/** It also names the run that failed, with its customer and amount. */
const ERROR_TEMPLATE = "payment-error";
/** How long the mail about an error waits for the amount's currency. */
const INTENT_MS = 5_000;
/** The specification's workflow writes to this address in a reserved domain. It is replaced by the administrator's. */
const ADMIN_PLACEHOLDER = "admin@example.com";

export const sendEmail: Operation<Inputs, Outputs> = async (inputs, context) => {
  const to = inputs.to === ADMIN_PLACEHOLDER ? (optionalEnv("ADMIN_EMAIL") ?? inputs.to) : inputs.to;
  const data = await dataWithFacts(inputs, context);
  const message = await renderMail(mails, { ...inputs, to, data }, context.now());
  return sendMessage({ ...message, tags: tagsOf(inputs, context) });
};

/** By them, a report of SES's that the mail bounced names the payment and the run. */
function tagsOf({ template, data }: Inputs, { run }: OperationContext) {
  const paymentId = mailedPayment(template, fieldsOf(data))?.id ?? (run && intentOfRun(run));
  return mailTags({ template, paymentId, runId: run?.runId });
}

async function dataWithFacts(inputs: Inputs, context: OperationContext): Promise<unknown> {
  const { data } = checkedTemplate(emailTemplates, inputs);
  if (inputs.template === ERROR_TEMPLATE) return { ...data, ...(await factsOfRun(context)) };
  const payment = mailedPayment(inputs.template, data);
  if (payment === undefined) return data;
  const path = objectPath(payment.objectType, payment.id);
  const found = path === undefined ? undefined : await readStripe(path, context);
  return withPaymentsFacts(data, payment, found);
}

/** The mail about an error must not depend on Stripe, which may be the cause. */
async function factsOfRun({ run, ...context }: OperationContext): Promise<Partial<RunFacts>> {
  if (run === undefined) return {};
  const intentId = intentOfRun(run);
  const path = intentId === undefined ? undefined : objectPath("payment_intent", intentId);
  if (path === undefined) return runFacts(run);
  const deadline = Math.min(context.deadline, context.now().getTime() + INTENT_MS);
  return runFacts(run, await readStripe(path, { ...context, deadline }).catch(() => undefined));
}
