/** A mail whose subject and bodies the caller has written. Pure. */
import { type FieldIssue, invalidFields } from "../errors.ts";
import { present } from "../present.ts";

export interface OwnMail {
  readonly subject: string;
  readonly text: string;
  readonly html?: string;
}

/** The inputs that say what the mail is. */
export interface MailInputs {
  readonly template?: string;
  readonly data?: unknown;
  readonly language?: string;
  readonly subject?: string;
  readonly textBody?: string;
  readonly htmlBody?: string;
}

const OWN = ["subject", "textBody", "htmlBody"] as const;
const OF_A_TEMPLATE = ["data", "language"] as const;

/**
 * The caller's own mail; undefined if it is made from a template. Throws VALIDATION_FAILED for a mixture of both, and for a mail
 * that is neither.
 */
export function ownMail(inputs: MailInputs): OwnMail | undefined {
  const { template, subject, textBody: text, htmlBody: html } = inputs;
  const given = (names: readonly (keyof MailInputs)[]) => names.filter((name) => inputs[name] !== undefined);
  const issues = (names: readonly string[], message: string): FieldIssue[] =>
    names.map((path) => ({ path, message }));
  if (template !== undefined) {
    const own = given(OWN);
    if (own.length > 0) throw invalidFields({ issues: issues(own, "cannot be given beside a template") });
    return undefined;
  }
  if (given(OWN).length === 0)
    throw invalidFields({ issues: issues(["template"], "is required, or else subject and textBody") });
  const wrong = [
    ...issues(subject === undefined ? ["subject"] : [], "is required in a mail without a template"),
    ...issues(
      text === undefined ? ["textBody"] : [],
      "is required in a mail without a template: not every reader sees HTML",
    ),
    ...issues(given(OF_A_TEMPLATE), "is for mails from a template"),
  ];
  if (subject === undefined || text === undefined || wrong.length > 0) throw invalidFields({ issues: wrong });
  return { subject, text, ...present({ html }) };
}
