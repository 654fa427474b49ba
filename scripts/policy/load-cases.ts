/** Reads the decision tables of a policies folder. */
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { mentionedRoles } from "../../lib/compiler/policy/roles.ts";
import { SourceError, type SourceIssue } from "../../lib/compiler/source/source-issue.ts";
import type { PolicyRule } from "../../lib/policy/policy.ts";
import { type PolicyCase, readCases } from "./cases.ts";

export interface DecisionTables {
  readonly cases: readonly PolicyCase[];
  readonly issues: readonly SourceIssue[];
}

/** The cases of policies/*.cases.md. Throws a SourceError with the mistakes of all files together. */
export function loadCases(rules: readonly PolicyRule[]): readonly PolicyCase[] {
  const { cases, issues } = readDecisionTables(".", rules);
  if (issues.length > 0) throw new SourceError(issues);
  return cases;
}

/** The decision tables below `root`, the project's folder; a role that none of `rules` mentions is a mistake. */
export function readDecisionTables(root: string, rules: readonly PolicyRule[]): DecisionTables {
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
