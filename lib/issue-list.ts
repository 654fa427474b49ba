/**
 * What is wrong with an input, within bounds: a small request must not cause a response that Lambda refuses to send. The
 * first issues are listed, and the others are only counted. Pure.
 */

/** One thing wrong with one field. `path` is dotted from the root of the input: `items.0.priceId`; "" is the root. */
export interface FieldIssue {
  readonly path: string;
  readonly message: string;
}

/** Issues, and how many more there are that are not listed. */
export interface FoundIssues {
  readonly issues: readonly FieldIssue[];
  readonly moreIssues?: number;
}

/** More would not help a caller. */
export const MAX_ISSUES = 50;
/** A problem must also fit into the cause of a failed workflow step, which has 32,768 characters. */
export const MAX_ISSUE_CHARACTERS = 12_000;

export class IssueList implements FoundIssues {
  readonly #issues: FieldIssue[] = [];
  #characters = 0;
  #more = 0;

  /** The issues that were added first. */
  get issues(): readonly FieldIssue[] {
    return this.#issues;
  }

  /** How many others were added. */
  get moreIssues(): number {
    return this.#more;
  }

  get isFull(): boolean {
    return this.#issues.length === MAX_ISSUES || this.#more > 0;
  }

  get isEmpty(): boolean {
    return this.#issues.length === 0;
  }

  add(path: string, message: string): void {
    const characters = this.#characters + path.length + message.length;
    const fits = this.#issues.length < MAX_ISSUES && characters <= MAX_ISSUE_CHARACTERS;
    if (this.#more > 0 || !(fits || this.#issues.length === 0)) {
      this.#more += 1;
      return;
    }
    this.#characters = characters;
    this.#issues.push({ path, message });
  }

  /** Adds issues that are not described. */
  addUnlisted(count: number): void {
    this.#more += count;
  }

  /** A list of the issues that `found` lists, as many as fit. */
  static of({ issues, moreIssues = 0 }: FoundIssues): IssueList {
    const list = new IssueList();
    for (const { path, message } of issues) list.add(path, message);
    list.addUnlisted(moreIssues);
    return list;
  }
}
