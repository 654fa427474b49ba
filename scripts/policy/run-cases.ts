/** Compares the policies' decision with the one that a case expects. No I/O. */

import { policyInput } from "../../lib/capability/own-objects.ts";
import type { Policy } from "../../lib/policy/decide.ts";
import { present } from "../../lib/present.ts";
import type { PolicyCase } from "./cases.ts";
import type { PolicyProject } from "./project.ts";

/** A Wednesday, in working hours. */
const NOW = new Date("2026-11-25T10:00:00Z");

/** A description of the difference; undefined when the policies decide as the case expects. */
export function differenceOf(
  { place, who, roles, customerId, action, capability, input, usage, ...expected }: PolicyCase,
  policy: Policy,
  project: PolicyProject,
): string | undefined {
  const attempted = `${place} ${who} ${action} ${capability}`;
  if (!project.attempts.some((attempt) => attempt.capability === capability && attempt.action === action))
    return `${attempted}: this action does not exist`;
  const checked = project.checkInput(capability, action, input, { partly: true });
  if (!checked.ok) {
    const issues = checked.issues.map(({ path, message }) => `${path} ${message}`).join("; ");
    return `${attempted}: the contract refuses this input: ${issues}`;
  }
  const principal = { id: "case", roles, ...present({ customerId }) };
  const decided = policy.decide({
    principal,
    resource: capability,
    action,
    input: policyInput(project.findsCustomer(capability), checked.value, principal),
    stage: "dev",
    now: NOW,
    usage,
  });
  const isAsExpected =
    decided.decision === expected.decision &&
    decided.ruleId === expected.ruleId &&
    decided.reason.includes(expected.because);
  if (isAsExpected) return undefined;
  return (
    `${attempted}: should be ${expected.decision} by ${expected.ruleId}, because "${expected.because}", ` +
    `but is ${decided.decision} by ${decided.ruleId}, because "${decided.reason}"`
  );
}
