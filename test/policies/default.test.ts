import { globSync, readFileSync } from "node:fs";
import { describe, expect, it } from "@jest/globals";
import { createPolicy } from "../../lib/policy/create-policy.ts";
import type { Action } from "../../lib/policy/policy.ts";
import { readCases } from "../../scripts/policy/cases.ts";
import { missingCases } from "../../scripts/policy/missing-cases.ts";
import { loadPolicyProject } from "../../scripts/policy/project.ts";
import { QUIET_USAGE } from "../../scripts/policy/quiet-usage.ts";
import { differenceOf } from "../../scripts/policy/run-cases.ts";
import { leastInput } from "../steps/sample-inputs.ts";

const project = loadPolicyProject();
const policy = createPolicy(project.rules);
const cases = globSync("policies/*.cases.md").flatMap((file) => readCases(file, readFileSync(file, "utf8")));

describe("given the shipped policies", () => {
  it.each(cases)("$place: $who, $action $capability: $decision by $ruleId", (row) => {
    expect(differenceOf(row, policy, project)).toBeUndefined();
  });

  it("every rule decides a case, and every role has a case for every possible attempt", () => {
    expect(missingCases(cases, project)).toEqual([]);
  });

  it("every condition can be decided for every input that a contract accepts", () => {
    for (const { capability, action } of project.attempts) {
      const verdicts = policy.explain({
        principal: { id: "bare", roles: [] },
        resource: capability,
        action,
        input: filled(capability, action),
        stage: "prod",
        now: new Date("2026-11-25T00:00:00Z"),
        usage: QUIET_USAGE,
      });
      expect(verdicts.filter(({ outcome }) => outcome === "could not be decided")).toEqual([]);
    }
  });

  /** The least input with its defaults. Reading a run, the audit log or approvals takes none. */
  function filled(capability: string, action: Action): unknown {
    const accepted = [leastOf(capability), {}]
      .map((input) => project.checkInput(capability, action, input))
      .find(({ ok }) => ok);
    if (accepted?.ok !== true)
      throw new Error(`the contract of ${capability} requires more than leastOf sends`);
    return accepted.value;
  }
});

/** Without a contract: the audit log, and approvals, whose input is what the rules can know of the call. */
const OF_OURS: Readonly<Record<string, object>> = {
  audit: {},
  approvals: { capability: "stripe-refund-payment", principalId: "agent" },
};

const leastOf = (resource: string) => OF_OURS[resource] ?? leastInput(resource);
