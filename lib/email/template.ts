import type { Checked } from "../contract/payload-contract.ts";

/**
 * A mail template as generated from functions/send-email/templates/<name>/: Mustache texts and the check of their data.
 */
export interface EmailTemplate {
  readonly subject: string;
  readonly html: string;
  readonly text: string;
  readonly check: (data: unknown) => Checked<Record<string, unknown>>;
}

/** By name; generated/email-templates.ts contains them. */
export type EmailTemplates = Readonly<Record<string, EmailTemplate>>;
