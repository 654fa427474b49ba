/** The keys of a mail's template.yml. */
import { FIELDS } from "../contract/field-keys.ts";
import { IDENTIFIER } from "../source/identifier.ts";
import { type KeyTable, TEXT } from "../source/key-table.ts";

export const TEMPLATE_KEYS: KeyTable = {
  templateId: {
    description: "The name of the template, and of its folder in functions/send-email/templates/.",
    value: IDENTIFIER,
    required: true,
  },
  subject: { description: "The mail's subject, in Mustache.", value: TEXT, required: true },
  data: { description: "The fields that a mail is made from, and no others.", value: FIELDS },
};
