/** SES: keeps the mails that it has accepted. */
import { fieldOf, fieldsOf, listOf } from "../../../lib/untrusted.ts";

export interface Mail {
  readonly at: number;
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  /** By name. */
  readonly tags: Readonly<Record<string, string>>;
}

export class Mailbox {
  readonly mails: Mail[] = [];
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  accept(input: object): object {
    this.mails.push({
      at: this.#now(),
      to: String(listOf(fieldOf(input, "Destination", "ToAddresses"))[0]),
      subject: String(fieldOf(input, "Message", "Subject", "Data")),
      text: String(fieldOf(input, "Message", "Body", "Text", "Data")),
      tags: Object.fromEntries(
        listOf(fieldOf(input, "Tags")).map((tag) => {
          const { Name, Value } = fieldsOf(tag);
          return [String(Name), String(Value)];
        }),
      ),
    });
    return { MessageId: `mail-${this.mails.length}` };
  }
}
