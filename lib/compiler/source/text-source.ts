/** A text file and the issues found in it so far. No I/O. */
import type { SourceIssue } from "./source-issue.ts";

export class TextSource {
  readonly file: string;
  readonly text: string;
  readonly issues: SourceIssue[] = [];

  constructor(file: string, text: string) {
    this.file = file;
    this.text = text;
  }

  /** Notes that something is wrong at this offset, counted from 0. */
  add(offset: number, message: string): void {
    const before = this.text.slice(0, offset).split("\n");
    const column = (before.at(-1) ?? "").length + 1;
    this.issues.push({ file: this.file, line: before.length, column, message });
  }
}
