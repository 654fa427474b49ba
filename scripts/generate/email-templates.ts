/** functions/send-email/templates/<name>/ -> generated/email-templates.ts: the texts and the check of their data. */
import { existsSync, globSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import Mustache from "mustache";
import type { Fields } from "../../lib/compiler/contract/field.ts";
import { objectSchema } from "../../lib/compiler/contract/json-schema.ts";
import { readFields } from "../../lib/compiler/contract/read-fields.ts";
import { SourceError, type SourceIssue } from "../../lib/compiler/source/source-issue.ts";
import { YamlSource } from "../../lib/compiler/source/yaml-source.ts";
import { BANNER, type Output } from "./output.ts";
import { writeValidators } from "./validators.ts";

interface Template {
  readonly name: string;
  readonly subject: string;
  readonly data: Fields;
  readonly html: string;
  readonly text: string;
}

/** Generates the one module of all templates and answers how many there are. */
export async function generateEmailTemplates(output: Output): Promise<number> {
  const issues: SourceIssue[] = [];
  const templates = globSync("functions/send-email/templates/*/template.yml")
    .sort()
    .map((file) => loadTemplate(file, issues));
  if (issues.length > 0) throw new SourceError(issues);
  await writeValidators(
    output,
    "email-templates.validators",
    Object.fromEntries(templates.map(({ name, data }) => [validatorName(name), objectSchema(data)])),
  );
  const entries = templates.map(
    ({ name, subject, html, text }) =>
      `  ${JSON.stringify(name)}: {
    subject: ${JSON.stringify(subject)},
    html: ${JSON.stringify(html)},
    text: ${JSON.stringify(text)},
    check: checkWith<Record<string, unknown>>(validators.${validatorName(name)}),
  },
`,
  );
  output.write(
    "email-templates.ts",
    `${BANNER}import { checkWith } from "../lib/contract/validation-issues.ts";
import type { EmailTemplates } from "../lib/email/template.ts";
import * as validators from "./email-templates.validators.js";

export const emailTemplates: EmailTemplates = {
${entries.join("")}};
`,
  );
  return templates.length;
}

function loadTemplate(file: string, issues: SourceIssue[]): Template {
  const folder = dirname(file);
  const name = basename(folder);
  const source = new YamlSource(file, readFileSync(file, "utf8"));
  const { root } = source;
  root.knownEntries("the template", ["templateId", "subject", "data"]);
  if (root.get("templateId")?.text !== name)
    (root.get("templateId") ?? root).issue(`templateId must be "${name}", as its folder`);
  const subject = root.get("subject")?.text ?? "";
  if (subject === "") (root.get("subject") ?? root).issue("subject must be text");
  const data = readFields(root.get("data"), "data");
  if (subject !== "") checkMustache(subject, (message) => root.get("subject")?.issue(message));
  issues.push(...source.issues);
  return { name, subject, data, html: readBody("body.html"), text: readBody("body.txt") };

  function readBody(part: string): string {
    const path = join(folder, part);
    const issue = (message: string, line = 1, column = 1) =>
      issues.push({ file: path, line, column, message });
    if (!existsSync(path)) {
      issue(`the template needs ${part}: a mail is sent as HTML and as text`);
      return "";
    }
    const body = readFileSync(path, "utf8");
    checkMustache(body, (message, offset) => {
      const before = body.slice(0, offset).split("\n");
      issue(message, before.length, (before.at(-1) ?? "").length + 1);
    });
    return body;
  }
}

/** Mustache ends its messages with the offset of the mistake: `Unclosed tag at 12`. */
function checkMustache(text: string, issue: (message: string, offset: number) => void): void {
  try {
    Mustache.parse(text);
  } catch (error) {
    const [, message = String(error), offset = "0"] =
      /^(.*?)(?: at (\d+))?$/.exec(error instanceof Error ? error.message : "") ?? [];
    issue(message, Number(offset));
  }
}

const validatorName = (template: string) => `validate_${template.replaceAll("-", "_")}`;
