/** Reads and checks every functions/send-email/templates/<name>/. */
import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Fields } from "../../lib/compiler/contract/field.ts";
import type { SourceIssue } from "../../lib/compiler/source/source-issue.ts";
import {
  type KnownTemplates,
  type MailTemplate,
  readTemplate,
} from "../../lib/compiler/template/load-template.ts";
import { tagsOf } from "../../lib/email/views.ts";

export interface Templates {
  readonly templates: readonly MailTemplate[];
  readonly known: KnownTemplates;
  readonly issues: readonly SourceIssue[];
}

/** Reads the templates below `root`, the project's folder. */
export function readTemplates(root: string): Templates {
  const parts = globSync("functions/send-email/templates/*/{template.yml,body.html,body.txt}", { cwd: root });
  const folders = [...new Set(parts.sort().map(dirname))];
  const templates: MailTemplate[] = [];
  const known = new Map<string, Fields | undefined>();
  const issues: SourceIssue[] = [];
  for (const folder of folders) {
    const textOf = (part: string) => {
      const path = join(root, folder, part);
      return existsSync(path) ? readFileSync(path, "utf8") : undefined;
    };
    const files = {
      folder,
      yaml: textOf("template.yml"),
      html: textOf("body.html"),
      text: textOf("body.txt"),
    };
    const read = readTemplate(files, tagsOf);
    templates.push(read.template);
    known.set(read.template.name, read.dataIsKnown ? read.template.data : undefined);
    issues.push(...read.issues);
  }
  return { templates, known, issues };
}
