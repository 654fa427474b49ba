/** The mails that were sent through SES: of the embedded mailbox, of LocalStack, or of moto. Each lists them in its own way. */
import { fieldOf, listOf, numberOf, textOf, textsOf } from "../lib/untrusted.ts";

export interface SentMail {
  readonly to: readonly string[];
  readonly subject: string;
  readonly html: string;
  readonly text: string;
}

/** The path of LocalStack's list. */
export const LOCALSTACK_MAILS = "/_aws/ses";
const MOTO_DATA = "/moto-api/data.json";

/** The oldest first. `mailbox`: the embedded mailbox, or a server's address with LOCALSTACK_MAILS. Rejects if nothing lists mails there. */
export async function sentMails(mailbox: string): Promise<SentMail[]> {
  if (!mailbox.endsWith(LOCALSTACK_MAILS))
    return listOf(fieldOf(await json(`${mailbox}/store`), "emails")).map(ofMailbox);
  const server = mailbox.slice(0, -LOCALSTACK_MAILS.length);
  const messages = fieldOf(await json(mailbox).catch(() => undefined), "messages");
  if (messages !== undefined) return listOf(messages).map(ofLocalStack);
  return listOf(fieldOf(await json(`${server}${MOTO_DATA}`), "ses", "Message")).map(ofMoto);
}

/** A mail as the embedded mailbox keeps it. */
export interface KeptMail extends SentMail {
  /** SES's id of the mail. */
  readonly id: string;
  readonly from: string;
  /** Unix milliseconds. */
  readonly at: number;
}

/** The mails of the embedded mailbox, oldest first. Rejects if it does not respond. */
export async function keptMails(mailbox: string): Promise<KeptMail[]> {
  return listOf(fieldOf(await json(`${mailbox}/store`), "emails")).map((mail) => ({
    ...ofMailbox(mail),
    id: text(fieldOf(mail, "messageId")),
    from: text(fieldOf(mail, "from")),
    at: 1_000 * (numberOf(fieldOf(mail, "at")) ?? 0),
  }));
}

async function json(url: string): Promise<unknown> {
  return (await fetch(url)).json();
}

const text = (value: unknown) => textOf(value) ?? "";

const ofMailbox = (mail: unknown): SentMail => ({
  to: textsOf(fieldOf(mail, "destination", "to")),
  subject: text(fieldOf(mail, "subject")),
  html: text(fieldOf(mail, "body", "html")),
  text: text(fieldOf(mail, "body", "text")),
});

const ofLocalStack = (mail: unknown): SentMail => ({
  to: textsOf(fieldOf(mail, "Destination", "ToAddresses")),
  subject: text(fieldOf(mail, "Subject")),
  html: text(fieldOf(mail, "Body", "html_part")),
  text: text(fieldOf(mail, "Body", "text_part")),
});

/** It keeps the HTML only, in which Mustache writes a slash as an entity, and a fact is a row of a table: `Run: ...` in a text. */
const ofMoto = (mail: unknown): SentMail => {
  const body = text(fieldOf(mail, "body"));
  return {
    to: textsOf(fieldOf(mail, "destinations", "ToAddresses")),
    subject: text(fieldOf(mail, "subject")),
    html: body,
    text: body
      .replaceAll(/<\/th>\s*<td[^>]*>/g, ": ")
      .replaceAll(/&#x([0-9A-F]+);/gi, (_, code: string) => String.fromCodePoint(Number.parseInt(code, 16))),
  };
};
