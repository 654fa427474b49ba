/** Mail templates -> generated/email-templates.ts: the texts, and the checks of their data. */
import { objectSchema } from "../../lib/compiler/contract/json-schema.ts";
import type { MailTemplate } from "../../lib/compiler/template/load-template.ts";
import { BANNER, type Output } from "./output.ts";
import { writeValidators } from "./validators.ts";

/** Generates one module for all templates. */
export async function generateEmailTemplates(
  output: Output,
  templates: readonly MailTemplate[],
): Promise<void> {
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
}

const validatorName = (template: string) => `validate_${template.replaceAll("-", "_")}`;
