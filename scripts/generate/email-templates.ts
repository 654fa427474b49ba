/**
 * Mail templates -> generated/email-templates.ts: the checks of their data; generated/mails.ts: their texts, the layout and the
 * languages. The start of a workflow's run bundles only the checks.
 */
import { objectSchema } from "../../lib/compiler/contract/json-schema.ts";
import type { MailTemplate } from "../../lib/compiler/template/load-template.ts";
import type { MailLayout } from "../../lib/email/template.ts";
import { BANNER, type Output } from "./output.ts";
import { writeValidators } from "./validators.ts";

/** Generates both modules. */
export async function generateEmailTemplates(
  output: Output,
  templates: readonly MailTemplate[],
  layout: MailLayout,
): Promise<void> {
  await writeValidators(
    output,
    "email-templates.validators",
    Object.fromEntries(templates.map(({ name, data }) => [validatorName(name), objectSchema(data)])),
  );
  const checks = templates.map(
    ({ name }) =>
      `  ${JSON.stringify(name)}: { check: checkWith<Record<string, unknown>>(validators.${validatorName(name)}) },\n`,
  );
  output.write(
    "email-templates.ts",
    `${BANNER}import { checkWith } from "../lib/contract/validation-issues.ts";
import type { EmailTemplates } from "../lib/email/template.ts";
import * as validators from "./email-templates.validators.js";

export const emailTemplates: EmailTemplates = {
${checks.join("")}};
`,
  );
  const bodies = templates.map(
    ({ name, subject, html, text }) =>
      `  ${JSON.stringify(name)}: ${JSON.stringify({ subject, html, text })},\n`,
  );
  output.write(
    "mails.ts",
    `${BANNER}import type { Mails } from "../lib/email/template.ts";
import { emailTemplates } from "./email-templates.ts";
import { textsIn as commonIn } from "./languages/common.ts";
import { textsIn as declinesIn } from "./languages/declines.ts";
import { languages } from "./languages/index.ts";
import { textsIn } from "./languages/mails.ts";

const bodies: Mails["bodies"] = {
${bodies.join("")}};

export const mails: Mails = {
  templates: emailTemplates,
  bodies,
  layout: ${JSON.stringify(layout)},
  languages,
  textsIn,
  commonIn,
  declinesIn,
};
`,
  );
}

const validatorName = (template: string) => `validate_${template.replaceAll("-", "_")}`;
