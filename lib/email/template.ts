import type { Checked } from "../contract/payload-contract.ts";
import type { DeclineTexts } from "../declines/decline-messages.ts";
import type { MailTexts } from "./mail-texts.ts";

/** What can be checked of a mail before it is rendered, as generated from functions/send-email/templates/<name>/. */
export interface EmailTemplate {
  readonly check: (data: unknown) => Checked<Record<string, unknown>>;
}

/** By name; generated/email-templates.ts contains them. */
export type EmailTemplates = Readonly<Record<string, EmailTemplate>>;

/** Mustache texts. */
export interface MailBody {
  readonly subject: string;
  readonly html: string;
  readonly text: string;
}

/** What is around the content of every mail, and the parts that several contents include; Mustache texts, too. */
export interface MailLayout {
  readonly html: string;
  readonly text: string;
  readonly htmlParts: Readonly<Record<string, string>>;
  readonly textParts: Readonly<Record<string, string>>;
}

/** Everything that mails are made of; generated/mails.ts contains it. The functions take a language's name. */
export interface Mails {
  readonly templates: EmailTemplates;
  readonly bodies: Readonly<Record<string, MailBody>>;
  readonly layout: MailLayout;
  readonly languages: readonly string[];
  readonly textsIn: (language: string) => MailTexts;
  readonly commonIn: (language: string) => { readonly questions: string };
  readonly declinesIn: (language: string) => DeclineTexts;
}
