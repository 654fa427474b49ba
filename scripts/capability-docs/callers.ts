/** Who may call a capability, as the policies decide about the call of its example. No I/O. */

import type { Contract } from "../../lib/compiler/contract/load-contract.ts";
import { mentionedRoles } from "../../lib/compiler/policy/roles.ts";
import { createPolicy } from "../../lib/policy/create-policy.ts";
import type { Action, PolicyRule } from "../../lib/policy/policy.ts";
import type { PolicyProject } from "../policy/project.ts";
import { QUIET_USAGE } from "../policy/quiet-usage.ts";

/** Roles in alphabetical order. */
export interface Callers {
  /** Who may call it over HTTP. */
  readonly overHttp: readonly string[];
  /** Whose workflows may call it; undefined for a capability that is not a step. */
  readonly asStep: readonly string[] | undefined;
  /** Whether a key that is bound to a customer can call it for that customer. */
  readonly whenBound: boolean;
  /** The ids of the rules that can deny the call of any caller. */
  readonly limits: readonly string[];
}

const NOW = new Date("2027-01-15T09:30:00Z");

export function callersOf(contract: Contract, project: PolicyProject): Callers {
  const { capabilityId, inputs, readOnly } = contract;
  const policy = createPolicy(project.rules);
  const { names } = mentionedRoles(project.rules.map(({ condition }) => condition));
  const natural: Action = readOnly === true ? "read" : "invoke";
  const rolesFor = (action: Action) =>
    names.flatMap((role) => {
      const checked = project.checkInput(capabilityId, action, contract.example ?? {}, { partly: true });
      const { decision } = policy.decide({
        principal: { id: "example", roles: [role] },
        resource: capabilityId,
        action,
        input: checked.ok ? checked.value : {},
        stage: "prod",
        now: NOW,
        usage: QUIET_USAGE,
      });
      if (decision === "DENY") return [];
      return [decision === "APPROVE" ? `${role} with approval` : role];
    });
  return {
    overHttp: rolesFor(natural),
    asStep: readOnly === true ? undefined : rolesFor("step"),
    whenBound: Object.hasOwn(inputs, "customerId") || project.findsCustomer(capabilityId),
    limits: project.rules.filter((rule) => isLimit(rule, contract, natural)).map(({ id }) => id),
  };
}

/** Whether the rule can deny the action by what the call says, or by how often it is made. */
function isLimit(rule: PolicyRule, { capabilityId, inputs }: Contract, action: Action): boolean {
  const { effect, reads, capabilities, actions } = rule;
  const isInScope = (capabilities?.includes(capabilityId) ?? true) && (actions?.includes(action) ?? true);
  const readsOnlyInputs = reads.input.every((path) => Object.hasOwn(inputs, path.split(".")[0] ?? ""));
  return effect === "DENY" && isInScope && readsOnlyInputs && reads.input.length + reads.usage.length > 0;
}
