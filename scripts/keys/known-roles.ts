/** Checks that the roles of a new key have an effect: a rule of policies/ must mention them. */
import { globSync, readFileSync } from "node:fs";
import { loadPolicy } from "../../lib/compiler/policy/load-policy.ts";
import { mentionedRoles, roleMistake } from "../../lib/compiler/policy/roles.ts";
import { SourceError } from "../../lib/compiler/source/source-issue.ts";
import { invalidField } from "../../lib/errors.ts";
import { singleWord } from "../../lib/scrub.ts";

/**
 * Throws VALIDATION_FAILED for the first role that no rule mentions, with the most similar role that a rule mentions,
 * and a SourceError when the policies cannot be read.
 */
export function refuseUnmentionedRoles(roles: readonly string[]): void {
  const mentioned = mentionedRoles(conditions());
  for (const role of roles) {
    // Shown only as a single word, because it can be a secret that was typed in the wrong place.
    const mistake = roleMistake(singleWord(role), mentioned);
    if (mistake !== undefined) throw invalidField(`--role ${singleWord(role)}:`, mistake);
  }
}

/** The conditions of all rules of the working directory's policies. */
function conditions(): string[] {
  const policies = globSync("policies/*.yml")
    .sort()
    .map((file) => loadPolicy(file, readFileSync(file, "utf8")));
  const issues = policies.flatMap(({ source }) => source.issues);
  if (issues.length > 0) throw new SourceError(issues);
  return policies.flatMap(({ rules }) => rules.map(({ condition }) => condition));
}
