/** Renders a template and its data to the mail that SES sends. */

import Mustache from "mustache";
import type { MailMessage } from "../aws/ses.ts";
import { env, optionalEnv } from "../env.ts";
import { chooseLanguage } from "../languages/choose-language.ts";
import { readPayersDefaults } from "../languages/settings.ts";
import { present } from "../present.ts";
import { appSecrets } from "../secrets/secrets.ts";
import { brandView, readBrand } from "./brand.ts";
import { checkedTemplate, type TemplateMail } from "./checked-template.ts";
import { readSender, sourceOf } from "./sender.ts";
import type { Mails } from "./template.ts";
import { viewOf } from "./views.ts";

/** In the subject and in the text, nothing has to be escaped. */
const AS_IT_IS = { escape: (value: unknown) => String(value) };

/**
 * The mail, from EMAIL_FROM, in the language that its reader prefers, with links to PUBLIC_URL, in the layout of all mails.
 * Throws the problems of `checkedTemplate` and of the template's view.
 */
export async function renderMail(
  mails: Mails,
  mail: TemplateMail,
  now: Date,
): Promise<MailMessage & { html: string }> {
  const { data } = checkedTemplate(mails.templates, mail);
  const body = mails.bodies[mail.template] ?? { subject: "", html: "", text: "" };
  const defaults = readPayersDefaults();
  const { language, locale } = chooseLanguage(mail.languages ?? [], mails.languages, defaults.language);
  const texts = mails.textsIn(language);
  const view = viewOf(mail.template, data, {
    appSecrets: await appSecrets(),
    publicUrl: env("PUBLIC_URL"),
    now,
    locale,
    timeZone: defaults.timeZone,
    texts,
    declines: mails.declinesIn(language),
  });
  const included = { ...texts.shared, ...texts[mail.template] };
  const subject = oneLine(Mustache.render(body.subject, view, included, AS_IT_IS));
  const brand = readBrand();
  const { questions } = mails.commonIn(language);
  const shown = { ...view, brand: brandView(brand, { questions, locale, subject }) };
  const { html, text, htmlParts, textParts } = mails.layout;
  return {
    ...envelope(mail.to),
    subject,
    html: Mustache.render(html, shown, { preheader: "", ...included, ...htmlParts, body: body.html }),
    text: withoutGaps(Mustache.render(text, shown, { ...included, ...textParts, body: body.text }, AS_IT_IS)),
  };
}

/** From whom a mail is, and to whom: from EMAIL_FROM, with the name of the business. */
export function envelope(to: string): Pick<MailMessage, "from" | "to" | "configurationSet"> {
  return {
    from: sourceOf(env("EMAIL_FROM"), readSender().businessName),
    to,
    ...present({ configurationSet: optionalEnv("MAIL_CONFIGURATION_SET") }),
  };
}

/** Where a part of the text is left out, the blank lines around it remain. */
const withoutGaps = (text: string) => text.replaceAll(/\n{3,}/g, "\n\n");

/** Data can contain line breaks, and a subject cannot. */
const oneLine = (text: string) => text.replaceAll(/\s*[\r\n\u2028\u2029]+\s*/g, " ").trim();
