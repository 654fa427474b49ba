/** Reads every functions/<function>/function.yml and checks it by itself. */
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { SourceIssue } from "../../lib/compiler/source/source-issue.ts";
import { readFunctionFile } from "../../resources/function-file.ts";

/** The mistakes in the function.yml files below `root`, the project's folder. */
export function functionFileIssues(root: string): SourceIssue[] {
  return globSync("functions/*/function.yml", { cwd: root }).flatMap(
    (file) => readFunctionFile(file, readFileSync(join(root, file), "utf8")).source.issues,
  );
}
