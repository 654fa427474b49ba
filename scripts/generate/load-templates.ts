/** Reads and checks every functions/send-email/templates/<name>/, and the layout of all of them. */
import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Fields } from "../../lib/compiler/contract/field.ts";
import type { LanguageFile, Texts } from "../../lib/compiler/language/load-language.ts";
import type { SourceIssue } from "../../lib/compiler/source/source-issue.ts";
import { inlineStyles } from "../../lib/compiler/template/inline-styles.ts";
import {
  type KnownTemplates,
  type MailTemplate,
  readTemplate,
} from "../../lib/compiler/template/load-template.ts";
import type { MailLayout } from "../../lib/email/template.ts";
import { tagsOf } from "../../lib/email/views.ts";
import { readLayout } from "./load-layout.ts";

export interface Templates {
  readonly templates: readonly MailTemplate[];
  readonly layout: MailLayout;
  readonly known: KnownTemplates;
  readonly issues: readonly SourceIssue[];
}

/** Reads the templates below `root`, the project's folder. `languages` has English first. */
export function readTemplates(root: string, languages: readonly LanguageFile[]): Templates {
  const parts = globSync("functions/send-email/templates/*/{template.yml,body.html,body.txt}", { cwd: root });
  const folders = [...new Set(parts.sort().map(dirname))];
  const { layout, parts: layoutParts, styles, issues: layoutIssues } = readLayout(root);
  const texts = languages[0]?.sections.mails ?? {};
  const templates: MailTemplate[] = [];
  const known = new Map<string, Fields | undefined>();
  const issues: SourceIssue[] = [...layoutIssues];
  for (const folder of folders) {
    const textIn = (part: string) => {
      const path = join(root, folder, part);
      return existsSync(path) ? readFileSync(path, "utf8") : undefined;
    };
    const files = {
      folder,
      yaml: textIn("template.yml"),
      html: textIn("body.html"),
      text: textIn("body.txt"),
    };
    const included = { ...textsOf(texts.shared), ...textsOf(texts[folder.replace(/^.*\//, "")]) };
    const {
      template,
      dataIsKnown,
      issues: found,
    } = readTemplate(files, tagsOf, {
      html: { ...included, ...layoutParts.html },
      text: { ...included, ...layoutParts.text },
    });
    const html = inlineStyles(template.html, styles, (offset, name) =>
      issues.push(unknownClass(`${folder}/body.html`, template.html, offset, name)),
    );
    templates.push({ ...template, html });
    known.set(template.name, dataIsKnown ? template.data : undefined);
    issues.push(...found);
  }
  return { templates, layout, known, issues };
}

function unknownClass(file: string, text: string, offset: number, name: string): SourceIssue {
  const line = text.slice(0, offset).split("\n").length;
  return { file, line, column: 1, message: `layout/styles.css has no class "${name}"` };
}

function textsOf(texts: string | Texts | undefined): Readonly<Record<string, string>> {
  if (texts === undefined || typeof texts === "string") return {};
  const flat = Object.entries(texts).flatMap(([name, text]) =>
    typeof text === "string" ? [[name, text]] : [],
  );
  return Object.fromEntries(flat);
}
