/**
 * Sends one mail through SES: the caller's own, or one from a template. The template declares its data; lib/email makes the
 * values of its tags. What a mail says about an object of Stripe, above all its amounts, is as at Stripe.
 */
import type { Inputs, Outputs } from "../../generated/capabilities/send-email.ts";
import { emailTemplates } from "../../generated/email-templates.ts";
import { mails } from "../../generated/mails.ts";
import { type MailMessage, sendMessage } from "../../lib/aws/ses.ts";
import type { Operation, OperationContext } from "../../lib/capability/capability.ts";
import { checkedTemplate } from "../../lib/email/checked-template.ts";
import { mailTags } from "../../lib/email/mail-tags.ts";
import { factsOf, languagesOf, mailedObject, withFacts } from "../../lib/email/mailed-object.ts";
import { mailedPayment, withPaymentsFacts } from "../../lib/email/mailed-payment.ts";
import { ownMail } from "../../lib/email/own-mail.ts";
import { envelope, renderMail } from "../../lib/email/render-mail.ts";
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
  return sendMessage({ ...(await messageOf({ ...inputs, to }, context)), tags: tagsOf(inputs, context) });
};

async function messageOf(inputs: Inputs, context: OperationContext): Promise<MailMessage> {
  const own = ownMail(inputs);
  if (own !== undefined) return { ...envelope(inputs.to), ...own };
  const { to, template = "", language } = inputs;
  const { data, languages } = await dataWithFacts({ ...inputs, template }, context);
  const mail = {
    to,
    template,
    data,
    languages: language === undefined ? languages : [language, ...languages],
  };
  return renderMail(mails, mail, context.now());
}

/** By them, a report of SES's that the mail bounced names the payment and the run. */
function tagsOf({ template = "none", data }: Inputs, { run }: OperationContext) {
  const fields = fieldsOf(data);
  const paymentId =
    mailedPayment(template, fields)?.id ?? mailedObject(template, fields)?.id ?? (run && intentOfRun(run));
  return mailTags({ template, paymentId, runId: run?.runId });
}

interface KnownMail {
  readonly data: unknown;
  /** Those that the customer prefers. */
  readonly languages: readonly string[];
}

async function dataWithFacts(
  { template, ...inputs }: Inputs & { readonly template: string },
  context: OperationContext,
): Promise<KnownMail> {
  const { data } = checkedTemplate(emailTemplates, { ...inputs, template });
  if (template === ERROR_TEMPLATE)
    return { data: { ...data, ...(await factsOfRun(context)) }, languages: [] };
  const object = mailedObject(template, data);
  if (object !== undefined) {
    const facts = await factsOf(object, (path, query) => readStripe(path, context, query));
    return { data: withFacts(data, object, facts), languages: languagesOf(facts?.customer ?? {}) };
  }
  const payment = mailedPayment(template, data);
  if (payment === undefined) return { data, languages: [] };
  const path = objectPath(payment.objectType, payment.id);
  const found = path === undefined ? undefined : await readStripe(path, context, { expand: ["customer"] });
  const isForPayer = payment.field !== "paymentId";
  return {
    data: withPaymentsFacts(data, payment, found),
    languages: isForPayer ? languagesOf(fieldsOf(found?.customer)) : [],
  };
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
