/** Renders a template and its data to the mail that SES sends. */

import Mustache from "mustache";
import type { MailMessage } from "../aws/ses.ts";
import { env, optionalEnv } from "../env.ts";
import { present } from "../present.ts";
import { appSecrets } from "../secrets/secrets.ts";
import { checkedTemplate, type TemplateMail } from "./checked-template.ts";
import { readSender } from "./sender.ts";
import { signMail } from "./sign-mail.ts";
import type { EmailTemplates } from "./template.ts";
import { viewOf } from "./views.ts";

/**
 * The mail, from EMAIL_FROM, with links to PUBLIC_URL, and at its end the sender's name and address for questions. Throws
 * the problems of `checkedTemplate` and of the template's view.
 */
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
    ...present({ configurationSet: optionalEnv("MAIL_CONFIGURATION_SET") }),
    subject: Mustache.render(template.subject, view),
    ...signMail(
      { html: Mustache.render(template.html, view), text: Mustache.render(template.text, view) },
      readSender(),
    ),
  };
}
