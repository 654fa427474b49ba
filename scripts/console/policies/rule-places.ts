/** Where each rule is written: its file, its line and its text. */
import { globSync, readFileSync } from "node:fs";
import { loadPolicy } from "../../../lib/compiler/policy/load-policy.ts";

export interface RulePlace {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** The rule as written. */
  readonly text: string;
}

/** By the rule's id. */
export function rulePlaces(root = "."): ReadonlyMap<string, RulePlace> {
  const places = globSync("policies/*.yml", { cwd: root })
    .sort()
    .flatMap((file) => placesIn(file, readFileSync(`${root}/${file}`, "utf8")));
  return new Map(places);
}

export function placesIn(file: string, text: string): [string, RulePlace][] {
  const lines = text.split("\n");
  return loadPolicy(file, text).rules.map(({ id, node: { line } }) => {
    const indent = indentOf(lines[line - 1]);
    const length = lines.slice(line).findIndex((each) => each.trim() !== "" && indentOf(each) <= indent);
    const end = length < 0 ? lines.length : line + length;
    return [
      id,
      {
        file,
        line,
        text: lines
          .slice(line - 1, end)
          .join("\n")
          .trimEnd(),
      },
    ];
  });
}

const indentOf = (line = "") =>
  line.length - line.trimStart().length - (line.trimStart().startsWith("- ") ? 0 : 1);
