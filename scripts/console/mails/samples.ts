/** Every template with its samples, in every language: rendered from the files as they are now. */
import { sendMessage } from "../../../lib/aws/ses.ts";
import { mailTags } from "../../../lib/email/mail-tags.ts";
import { Problem } from "../../../lib/errors.ts";
import { entryOf, fieldsOf, textOf } from "../../../lib/untrusted.ts";
import { mailsInFiles, renderSample } from "../../../local/mail-rendering.ts";
import { type MailSample, readMailSamples } from "../../../local/mail-samples.ts";
import { serviceName } from "../../target.ts";
import type { ActionResult } from "../events/actions.ts";
import type { ConsoleContext } from "../server/route.ts";
import { linksIn, preheaderIn } from "./mail-content.ts";

export interface SamplePage {
  readonly templates: readonly string[];
  /** Of the chosen template. */
  readonly titles: readonly string[];
  readonly languages: readonly { readonly code: string; readonly name: string }[];
  readonly template: string;
  readonly title: string;
  readonly language: string;
  readonly from: string;
  readonly subject: string;
  readonly preheader: string;
  readonly text: string;
  readonly links: readonly string[];
  /** What is wrong in the files, such as a text that a language does not have. */
  readonly issues: readonly string[];
  /** Whether it can be sent to the local mailbox. */
  readonly canSend: boolean;
}

/** What the query chooses; the first of each by default. Throws NOT_FOUND for what there is not. */
async function chosen(query: URLSearchParams) {
  const samples = readMailSamples();
  const { mails, names, issues } = mailsInFiles(".");
  const template = query.get("template") ?? samples[0]?.template;
  const own = samples.filter((sample) => sample.template === template);
  const title = query.get("sample") ?? own[0]?.title;
  const sample = own.find((each) => each.title === title);
  if (sample === undefined)
    throw new Problem("NOT_FOUND", `There is no sample "${title}" of the mail ${template}`);
  const language = query.get("language") ?? "en";
  if (entryOf(names, language) === undefined)
    throw new Problem(
      "NOT_FOUND",
      `There is no language ${language}; there are ${Object.keys(names).join(", ")}`,
    );
  return { samples, own, sample, language, names, mails, issues };
}

export async function samplePage(query: URLSearchParams, { local }: ConsoleContext): Promise<SamplePage> {
  const { samples, own, sample, language, names, mails, issues } = await chosen(query);
  const { from, subject, text, html } = await renderSample(mails, sample, language);
  return {
    templates: [...new Set(samples.map(({ template }) => template))],
    titles: own.map(({ title }) => title),
    languages: Object.entries(names).map(([code, name]) => ({ code, name })),
    ...{ template: sample.template, title: sample.title, language, from, subject, text, issues },
    preheader: preheaderIn(html),
    links: linksIn(html),
    canSend: local?.embedsAws === true,
  };
}

export async function sampleHtml(query: URLSearchParams): Promise<string> {
  const { sample, language, mails } = await chosen(query);
  return (await renderSample(mails, sample, language)).html;
}

/** Addresses of the local mailbox: two of them make SES's simulator report what became of the mail. */
const READERS: Readonly<Record<string, string>> = {
  mailbox: "ada@example.com",
  bounce: "bounce@simulator.amazonses.com",
  complaint: "complaint@simulator.amazonses.com",
};

/** Sends a sample into the local mailbox. Throws NOT_IMPLEMENTED on a stage, BAD_REQUEST for another reader than those. */
export async function sendSample(body: unknown, { local }: ConsoleContext): Promise<ActionResult> {
  if (local?.embedsAws !== true)
    throw new Problem("NOT_IMPLEMENTED", "Samples are sent into the mailbox of the local stack only");
  const given = fieldsOf(body);
  const reader = textOf(given.reader) ?? "";
  const to = entryOf(READERS, reader);
  if (to === undefined)
    throw new Problem("BAD_REQUEST", `The reader is one of ${Object.keys(READERS).join(", ")}`);
  const query = new URLSearchParams();
  for (const name of ["template", "sample", "language"]) {
    const value = textOf(given[name]);
    if (value !== undefined) query.set(name, value);
  }
  const { sample, language, mails } = await chosen(query);
  const message = await renderSample(mails, sample, language, to);
  const { messageId } = await sendMessage({ ...message, ...reportedTo(), tags: tagsOf(sample) });
  return { lines: [`Sent to ${to} as ${messageId}.`] };
}

/** The stage's configuration set, from which SES's reports come. */
const reportedTo = () => ({ configurationSet: `${serviceName()}-dev` });

const tagsOf = ({ template }: MailSample) => mailTags({ template });
