/** Every decision table of the policies folder. */
import { globSync, readFileSync } from "node:fs";
import { mentionedRoles } from "../../lib/compiler/policy/roles.ts";
import { SourceError, type SourceIssue } from "../../lib/compiler/source/source-issue.ts";
import type { PolicyRule } from "../../lib/policy/policy.ts";
import { type PolicyCase, readCases } from "./cases.ts";

/**
 * The cases of policies/*.cases.md. Throws a SourceError with the mistakes of all files together; a role that none of
 * `rules` mentions is one.
 */
export function loadCases(rules: readonly PolicyRule[]): PolicyCase[] {
  const mentioned = mentionedRoles(rules.map(({ condition }) => condition));
  const issues: SourceIssue[] = [];
  const cases: PolicyCase[] = [];
  for (const file of globSync("policies/*.cases.md").sort()) {
    try {
      cases.push(...readCases(file, readFileSync(file, "utf8"), mentioned));
    } catch (error) {
      if (!(error instanceof SourceError)) throw error;
      issues.push(...error.issues);
    }
  }
  if (issues.length > 0) throw new SourceError(issues);
  return cases;
}
