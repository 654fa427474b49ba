/** Renders a template and its data to the mail that SES sends. */

import Mustache from "mustache";
import type { MailMessage } from "../aws/ses.ts";
import { env } from "../env.ts";
import { invalidField } from "../errors.ts";
import { appSecrets } from "../secrets/secrets.ts";
import { entryOf } from "../untrusted.ts";
import { invalidData } from "./invalid-data.ts";
import type { EmailTemplates } from "./template.ts";
import { viewOf } from "./views.ts";

/** A mail before it is rendered. */
export interface TemplateMail {
  /** One address. */
  readonly to: string;
  /** Name of a folder in functions/send-email/templates. */
  readonly template: string;
  readonly data?: unknown;
}

/**
 * The template and its checked data. Throws VALIDATION_FAILED for an unknown template, and for data that the template
 * does not declare.
 */
export function checkedTemplate(templates: EmailTemplates, { template: name, data }: TemplateMail) {
  const template = entryOf(templates, name);
  if (template === undefined) {
    throw invalidField("template", `must be one of ${Object.keys(templates).join(", ")}`);
  }
  const checked = template.check(data ?? {});
  if (!checked.ok) throw invalidData(checked);
  return { template, data: checked.value };
}

/** The mail, from EMAIL_FROM, with links to PUBLIC_URL. Throws the problems of `checkedTemplate` and of the template's view. */
export async function renderMail(
  templates: EmailTemplates,
  mail: TemplateMail,
  now: Date,
): Promise<MailMessage> {
  const { template, data } = checkedTemplate(templates, mail);
  const view = viewOf(mail.template, data, {
    appSecrets: await appSecrets(),
    publicUrl: env("PUBLIC_URL"),
    now,
  });
  return {
    from: env("EMAIL_FROM"),
    to: mail.to,
    subject: Mustache.render(template.subject, view),
    html: Mustache.render(template.html, view),
    text: Mustache.render(template.text, view),
  };
}
