/** Reads and checks a mail template: its template.yml, body.html and body.txt. No I/O: the caller hands in the texts. */
import type { Fields } from "../contract/field.ts";
import { readFields } from "../contract/read-fields.ts";
import type { SourceIssue } from "../source/source-issue.ts";
import { TextSource } from "../source/text-source.ts";
import { YamlSource } from "../source/yaml-source.ts";
import { checkTags, type KnownTags, unusedFields } from "./check-tags.ts";
import { TEMPLATE_KEYS } from "./template-keys.ts";

export interface MailTemplate {
  readonly name: string;
  readonly subject: string;
  readonly data: Fields;
  readonly html: string;
  readonly text: string;
}

/** By template, the fields of its data; undefined where it has mistakes, so that nothing can be checked against it yet. */
export type KnownTemplates = ReadonlyMap<string, Fields | undefined>;

/** The texts of a template's folder; undefined for a file that does not exist. */
export interface TemplateFiles {
  /** `functions/send-email/templates/payment-link` */
  readonly folder: string;
  readonly yaml: string | undefined;
  readonly html: string | undefined;
  readonly text: string | undefined;
}

/** By name, what `{{>name}}` includes in the HTML, and in the text and the subject. */
export interface Partials {
  readonly html: Readonly<Record<string, string>>;
  readonly text: Readonly<Record<string, string>>;
}

/** The tags that code makes for a template from its data; undefined where the tags are the data's fields. */
export type TagsMade = (template: string) => readonly string[] | undefined;

/** The template as far as it can be understood, whether its data can be relied on, and the issues in its files. */
export function readTemplate(
  files: TemplateFiles,
  tagsMade: TagsMade,
  /** What `{{>name}}` includes in this template: see check-tags.ts. */
  partials: Partials = { html: {}, text: {} },
): { readonly template: MailTemplate; readonly dataIsKnown: boolean; readonly issues: SourceIssue[] } {
  const { folder } = files;
  const name = folder.slice(folder.lastIndexOf("/") + 1);
  const missing: SourceIssue[] = [];
  const read = (part: string, text: string | undefined, why: string) => {
    if (text === undefined)
      missing.push({
        file: `${folder}/${part}`,
        line: 1,
        column: 1,
        message: `the template needs ${part}: ${why}`,
      });
    return text ?? "";
  };
  const both = "a mail is sent as HTML and as text";
  const html = new TextSource(`${folder}/body.html`, read("body.html", files.html, both));
  const text = new TextSource(`${folder}/body.txt`, read("body.txt", files.text, both));
  const yaml = read("template.yml", files.yaml, "it declares the mail's subject and data");
  const source = new YamlSource(`${folder}/template.yml`, yaml);
  const { root } = source;
  if (files.yaml !== undefined) root.knownEntries("the template", TEMPLATE_KEYS);

  const idNode = root.get("templateId");
  if (idNode?.text !== name && (idNode !== undefined || root.lacks("templateId", TEMPLATE_KEYS)))
    (idNode ?? root).issue(`templateId must be "${name}", like its folder`);
  const subjectNode = root.get("subject");
  const subject = subjectNode?.text ?? "";
  if (subject === "" && (subjectNode !== undefined || root.lacks("subject", TEMPLATE_KEYS)))
    (subjectNode ?? root).issue("subject must be text");
  const data = readFields(root.get("data"), "data");

  const dataIsKnown = files.yaml !== undefined && source.issues.length === 0;
  const made = tagsMade(name);
  const known = (kind: keyof Partials): KnownTags | undefined =>
    dataIsKnown ? { data, made, partials: partials[kind] } : undefined;
  checkTags(subject, known("text"), (offset, message) => subjectNode?.issueAt(offset, message));
  const document = /<(?:!doctype|html|head|body)\b/i.exec(html.text);
  if (document !== null)
    html.add(document.index, "the mail's document is layout.html; body.html has only what is inside");
  checkTags(html.text, known("html"), (offset, message) => html.add(offset, message));
  checkTags(text.text, known("text"), (offset, message) => text.add(offset, message));
  const issues = () => [...missing, ...source.issues, ...html.issues, ...text.issues];
  // Only a mail without a mistake shows for certain which fields it does not use.
  if (issues().length === 0 && made === undefined) {
    for (const field of unusedFields([subject, html.text, text.text], data, {
      ...partials.html,
      ...partials.text,
    })) {
      const entry = root.get("data")?.entries?.find(({ key }) => key === field);
      entry?.keyNode.issue(`the mail does not show "${field}": no part of it has the tag {{${field}}}`);
    }
  }
  const template = { name, subject, data, html: html.text, text: text.text };
  return { template, dataIsKnown, issues: issues() };
}
