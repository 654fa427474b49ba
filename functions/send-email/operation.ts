/** Sends one mail from a template through SES. The template declares its data; what its tags show is made in lib/email. */
import Mustache from "mustache";
import type { Inputs, Outputs } from "../../generated/capabilities/send-email.ts";
import { emailTemplates } from "../../generated/email-templates.ts";
import type { Operation } from "../../lib/capability/capability.ts";
import { isEmailAddress } from "../../lib/customers/email-address.ts";
import { invalidData } from "../../lib/email/invalid-data.ts";
import { viewOf } from "../../lib/email/views.ts";
import { env, optionalEnv } from "../../lib/env.ts";
import { invalidField } from "../../lib/errors.ts";
import { appSecrets } from "../../lib/secrets.ts";
import { sendMessage } from "../../lib/ses.ts";

/** The specification's workflow writes to this address of a reserved domain: it stands for the administrator's. */
const ADMIN_PLACEHOLDER = "admin@example.com";

/** Throws VALIDATION_FAILED for an address that can be none, an unknown template, and data that it does not declare. */
export function checkInputs(inputs: Inputs): void {
  if (!isEmailAddress(inputs.to))
    throw invalidField("to", "must be an email address, such as ada@example.com");
  templateWithData(inputs);
}

export const sendEmail: Operation<Inputs, Outputs> = async (inputs, context) => {
  const { template, data } = templateWithData(inputs);
  const view = viewOf(inputs.template, data, {
    appSecrets: await appSecrets(),
    publicUrl: env("PUBLIC_URL"),
    now: context.now(),
  });
  return sendMessage({
    from: env("EMAIL_FROM"),
    to: inputs.to === ADMIN_PLACEHOLDER ? (optionalEnv("ADMIN_EMAIL") ?? inputs.to) : inputs.to,
    subject: Mustache.render(template.subject, view),
    html: Mustache.render(template.html, view),
    text: Mustache.render(template.text, view),
  });
};

function templateWithData(inputs: Inputs) {
  const template = Object.hasOwn(emailTemplates, inputs.template)
    ? emailTemplates[inputs.template]
    : undefined;
  if (template === undefined) {
    throw invalidField("template", `must be one of ${Object.keys(emailTemplates).join(", ")}`);
  }
  const checked = template.check(inputs.data ?? {});
  if (!checked.ok) throw invalidData(checked.issues);
  return { template, data: checked.value };
}
