/** Reads and checks every languages/<language>.yml. */
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Languages, readLanguages } from "../../lib/compiler/language/load-language.ts";

/** The languages below `root`, the project's folder. */
export function readLanguageFiles(root: string): Languages {
  const paths = globSync("languages/*.yml", { cwd: root }).sort();
  return readLanguages(paths.map((path) => ({ path, text: readFileSync(join(root, path), "utf8") })));
}
