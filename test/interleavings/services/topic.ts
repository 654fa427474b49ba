/** SNS: keeps what was published to the application's topic. */
import { fieldsOf, parseJson } from "../../../lib/untrusted.ts";

export interface Publication {
  readonly at: number;
  readonly notification: Readonly<Record<string, unknown>>;
}

export class Topic {
  readonly published: Publication[] = [];
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  publish(input: object): object {
    const { Message } = fieldsOf(input);
    this.published.push({ at: this.#now(), notification: fieldsOf(parseJson(Message)) });
    return { MessageId: `published-${this.published.length}` };
  }
}
