/** Finds places in source files. */
import { readFileSync } from "node:fs";
import type { SourceIssue } from "../../../lib/compiler/source/source-issue.ts";

type Place = Omit<SourceIssue, "message">;

/** The first match in the files, in their order; the start of the first file when no file matches. */
export function placeOf(files: readonly string[], pattern: RegExp): Place {
  for (const file of files) {
    const text = readFileSync(file, "utf8");
    const index = text.search(pattern);
    if (index < 0) continue;
    const before = text.slice(0, index).split("\n");
    return { file, line: before.length, column: (before.at(-1) ?? "").length + 1 };
  }
  return startOf(files[0] ?? "");
}

export const startOf = (file: string): Place => ({ file, line: 1, column: 1 });
