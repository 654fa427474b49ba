/** Every decision table of the policies folder. */
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { mentionedRoles } from "../../lib/compiler/policy/roles.ts";
import { SourceError, type SourceIssue } from "../../lib/compiler/source/source-issue.ts";
import type { PolicyRule } from "../../lib/policy/policy.ts";
import { type PolicyCase, readCases } from "./cases.ts";

/** The cases of policies/*.cases.md. Throws a SourceError with the mistakes of all files together. */
export function loadCases(rules: readonly PolicyRule[]): PolicyCase[] {
  const { cases, issues } = readAllCases(".", rules);
  if (issues.length > 0) throw new SourceError(issues);
  return cases;
}

/** The cases below `root`, and what is wrong with them: a role that none of `rules` mentions, too. */
export function readAllCases(
  root: string,
  rules: readonly PolicyRule[],
): { readonly cases: PolicyCase[]; readonly issues: readonly SourceIssue[] } {
  const mentioned = mentionedRoles(rules.map(({ condition }) => condition));
  const issues: SourceIssue[] = [];
  const cases: PolicyCase[] = [];
  for (const file of globSync("policies/*.cases.md", { cwd: root }).sort()) {
    try {
      cases.push(...readCases(file, readFileSync(join(root, file), "utf8"), mentioned));
    } catch (error) {
      if (!(error instanceof SourceError)) throw error;
      issues.push(...error.issues);
    }
  }
  return { cases, issues };
}
