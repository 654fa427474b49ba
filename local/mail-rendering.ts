/** Renders the mails as their files say now, so that a change shows when they are rendered again: for the previews. */
import type { MailMessage } from "../lib/aws/ses.ts";
import { renderMail } from "../lib/email/render-mail.ts";
import type { Mails } from "../lib/email/template.ts";
import { fieldsOf } from "../lib/untrusted.ts";
import { readLanguageFiles } from "../scripts/generate/load-languages.ts";
import { readTemplates } from "../scripts/generate/load-templates.ts";
import { type MailSample, SAMPLE_TIME } from "./mail-samples.ts";

export interface MailsInFiles {
  readonly mails: Mails;
  /** By language. */
  readonly names: Readonly<Record<string, string>>;
  /** Such as a text that a language does not have: `languages/de.yml:12:3 ...`. */
  readonly issues: readonly string[];
}

/** What a mail needs of a function's environment, and the environment may not have. */
const NEEDED = { PUBLIC_URL: "https://pay.example.com", EMAIL_FROM: "payments@example.com" };

/** The mail in this language, from the settings in the environment. */
export function renderSample(
  mails: Mails,
  sample: MailSample,
  language: string,
  to = "ada@example.com",
): Promise<MailMessage & { html: string }> {
  for (const [name, value] of Object.entries(NEEDED)) process.env[name] ||= value;
  return renderMail(mails, { ...sample, to, languages: [language] }, SAMPLE_TIME);
}

/** `root`: the folder of the project. */
export function mailsInFiles(root: string): MailsInFiles {
  const { languages, issues } = readLanguageFiles(root);
  const { templates, layout, issues: others } = readTemplates(root, languages);
  const sectionIn = (section: string) => (language: string) => {
    const file = languages.find((each) => each.language === language) ?? languages[0];
    // The files were compared with English, whose texts are those of the types.
    return JSON.parse(JSON.stringify(file?.sections[section] ?? {}));
  };
  const bodies = templates.map(({ name, subject, html, text }) => [name, { subject, html, text }]);
  const isAnything = (data: unknown) => ({ ok: true, value: fieldsOf(data) }) as const;
  return {
    mails: {
      templates: Object.fromEntries(templates.map(({ name }) => [name, { check: isAnything }])),
      bodies: Object.fromEntries(bodies),
      layout,
      languages: languages.map(({ language }) => language),
      textsIn: sectionIn("mails"),
      commonIn: sectionIn("common"),
      declinesIn: sectionIn("declines"),
    },
    names: Object.fromEntries(languages.map(({ language, name }) => [language, name])),
    issues: [...issues, ...others].map(
      ({ file, line, column, message }) => `${file}:${line}:${column} ${message}`,
    ),
  };
}

/** The mail as a reader with a dark, or a light, screen sees it, whatever this screen is. Links leave the frame. */
export function inScheme(html: string, isDark: boolean): string {
  const shown = html
    .replaceAll("(prefers-color-scheme: dark)", isDark ? "all" : "not all")
    .replaceAll("color-scheme: light dark", `color-scheme: ${isDark ? "dark" : "light"}`);
  return shown.includes("<head>") ? shown.replace("<head>", `<head>${BASE}`) : `${BASE}${shown}`;
}

const BASE = '<base target="_blank">';
