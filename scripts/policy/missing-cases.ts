/** Finds what the decision tables leave out. No I/O. */

import { mentionedRoles } from "../../lib/compiler/policy/roles.ts";
import type { PolicyCase } from "./cases.ts";
import type { PolicyProject } from "./project.ts";

/**
 * One line for each rule that decides no case, and for each role that a rule mentions, with the attempts for which it has
 * no case. A new capability, workflow, role or rule therefore cannot be forgotten.
 */
export function missingCases(
  cases: readonly PolicyCase[],
  { rules, attempts }: Pick<PolicyProject, "rules" | "attempts">,
): readonly string[] {
  const deciding = new Set(cases.map(({ ruleId }) => ruleId));
  const withoutCase = rules.filter(({ id }) => !deciding.has(id));
  const { names: roles } = mentionedRoles(rules.map(({ condition }) => condition));
  return [
    ...withoutCase.map(({ id }) => `no case is decided by the rule ${id}`),
    ...roles.flatMap((role) => {
      const asked = new Set(cases.flatMap((row) => (row.who === role ? [nameOf(row)] : [])));
      const missing = attempts.map(nameOf).filter((attempt) => !asked.has(attempt));
      return missing.length === 0 ? [] : [`the role ${role} has no case for: ${missing.join(", ")}`];
    }),
  ];
}

const nameOf = ({ action, capability }: { readonly action: string; readonly capability: string }) =>
  `${action} ${capability}`;
