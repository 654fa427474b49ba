/** What a mail is about, as tags that SES keeps with the mail and repeats in its reports. Ids only, no personal data. Pure. */
import { present } from "../present.ts";
import { type Fields, fieldsOf, listOf, textOf } from "../untrusted.ts";

export interface MailFacts {
  readonly template: string;
  /** `pi_...` or `in_...` */
  readonly paymentId?: string | undefined;
  /** The mark of the mail's claim in the record of a failed payment. */
  readonly owner?: string | undefined;
  /** The workflow's run that sent it. */
  readonly runId?: string | undefined;
}

const NAMES = {
  template: "template",
  paymentId: "payment",
  owner: "claim",
  runId: "run",
} as const satisfies Record<keyof MailFacts, string>;

/** No tag of ours has any other value, and none that is read can bring an address into a log. */
const WORD = /^[\w-]{1,255}$/;

/** The tags of a mail. */
export function mailTags({ template, paymentId, owner, runId }: MailFacts): Readonly<Record<string, string>> {
  return present({
    [NAMES.template]: template,
    [NAMES.paymentId]: paymentId,
    [NAMES.owner]: owner,
    [NAMES.runId]: runId,
  });
}

/** The facts in `mail.tags` of SES's report: each tag is a list. A mail that is not ours has none. */
export function mailFactsIn(tags: unknown): Partial<MailFacts> {
  const found: Fields = fieldsOf(tags);
  const fact = (name: keyof MailFacts) => {
    const text = textOf(listOf(found[NAMES[name]])[0]);
    return text !== undefined && WORD.test(text) ? text : undefined;
  };
  return present({
    template: fact("template"),
    paymentId: fact("paymentId"),
    owner: fact("owner"),
    runId: fact("runId"),
  });
}
