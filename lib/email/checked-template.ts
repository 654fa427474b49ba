/** Checks a mail before it is rendered: its template, and the data that the template declares. Pure. */
import { invalidField } from "../errors.ts";
import { entryOf } from "../untrusted.ts";
import { invalidData } from "./invalid-data.ts";
import type { EmailTemplates } from "./template.ts";

/** A mail before it is rendered. */
export interface TemplateMail {
  /** One address. */
  readonly to: string;
  /** Name of a folder in functions/send-email/templates. */
  readonly template: string;
  readonly data?: unknown;
  /** The languages that the reader prefers, the first most (BCP 47). */
  readonly languages?: readonly string[];
}

/**
 * The template and its checked data. Throws VALIDATION_FAILED for an unknown template, and for data that the template
 * does not declare.
 */
export function checkedTemplate(templates: EmailTemplates, { template: name, data }: TemplateMail) {
  const template = entryOf(templates, name);
  if (template === undefined) {
    throw invalidField("template", `must be one of ${Object.keys(templates).join(", ")}`);
  }
  const checked = template.check(data ?? {});
  if (!checked.ok) throw invalidData(checked);
  return { template, data: checked.value };
}
