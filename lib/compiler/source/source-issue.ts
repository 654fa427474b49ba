/** A mistake in a source file, and where it is: `functions/x/contract.yml:3:5 unknown key "tpye"; did you mean "type"?` Pure. */

export interface SourceIssue {
  readonly file: string;
  /** Both count from 1. */
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

/** Every issue of one or more source files, one line each, by file and place. */
export class SourceError extends Error {
  override readonly name = "SourceError";
  readonly issues: readonly SourceIssue[];

  constructor(issues: readonly SourceIssue[]) {
    const sorted = issues.toSorted(
      (a, b) => compare(a.file, b.file) || a.line - b.line || a.column - b.column,
    );
    super(sorted.map((issue) => `${issue.file}:${issue.line}:${issue.column} ${issue.message}`).join("\n"));
    this.issues = sorted;
  }
}

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
