/** What the policy says of a call before its input is known. */
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { policy as shipped } from "../../../generated/policy.ts";
import { createPolicy } from "../../../lib/policy/create-policy.ts";
import type { PolicyRule } from "../../../lib/policy/policy.ts";
import { tries } from "../../steps/effort.ts";
import { contracts } from "../../steps/shipped-project.ts";
import { aQuery, aRule } from "./rules.ts";

const foresee = (...rules: readonly PolicyRule[]) => createPolicy(rules).foresee(aQuery());

describe("given a call whose input is not known", () => {
  it("a rule for another role, capability or action permits nothing", () => {
    expect(foresee(aRule({ condition: '"billing" in principal.roles' })).canBePermitted).toBe(false);
    expect(foresee(aRule({ capabilities: ["send-email"] })).canBePermitted).toBe(false);
    expect(foresee(aRule({ actions: ["read"] })).canBePermitted).toBe(false);
  });

  it.each([
    '"checkout" in principal.roles && input.amount < 5',
    "has(input.amount) && input.amount < 5",
    '!has(input.customerId) || input.customerId == "cus_1"',
    'has(input.amount) ? "checkout" in principal.roles : false',
    'now < timestamp("2020-01-01T00:00:00Z")',
  ])("a rule that depends on it could permit the call: %s", (condition) => {
    expect(foresee(aRule({ condition })).canBePermitted).toBe(true);
  });

  it.each([
    '"billing" in principal.roles && input.amount < 5',
    'has(input.x) && "billing" in principal.roles',
  ])("a rule that no input can satisfy permits nothing: %s", (condition) => {
    expect(foresee(aRule({ condition })).canBePermitted).toBe(false);
  });

  it("a denial forbids it only if it needs no input", () => {
    const permit = aRule({ id: "permit" });
    const deny = (condition: string) => aRule({ id: "deny", effect: "DENY", condition });
    expect(foresee(permit, deny("input.amount > 5")).canBePermitted).toBe(true);
    expect(foresee(permit, deny("usage.callsToday > 5")).canBePermitted).toBe(true);
    expect(foresee(permit, deny('"checkout" in principal.roles')).canBePermitted).toBe(false);
  });

  it("a call can need an approval if an APPROVE rule could match", () => {
    const approve = (condition: string) => aRule({ id: "approve", effect: "APPROVE", condition });
    expect(foresee(aRule({}), approve("input.amount > 5")).canNeedApproval).toBe(true);
    expect(foresee(aRule({}), approve('"billing" in principal.roles')).canNeedApproval).toBe(false);
  });

  it("a response can be masked if a REDACT rule could match", () => {
    const redact = (condition: string) =>
      aRule({ id: "redact", effect: "REDACT", redactFields: ["x"], condition });
    expect(foresee(aRule({}), redact("input.amount > 5")).canBeRedacted).toBe(true);
    expect(foresee(aRule({}), redact('"billing" in principal.roles')).canBeRedacted).toBe(false);
  });
});

describe("given the policies of this repository", () => {
  it("what is permitted was foreseen, for any roles and inputs", () => {
    const query = fc.record({
      roles: fc.subarray(["agent", "checkout", "billing", "support", "readonly", "admin", "nobody"]),
      customerId: fc.constantFrom(undefined, "cus_1"),
      resource: fc.constantFrom(...contracts.map(({ capabilityId }) => capabilityId), "refund-payment"),
      action: fc.constantFrom("invoke" as const, "read" as const, "start" as const),
      input: fc.record(
        {
          amount: fc.integer({ min: 0, max: 5_000_000 }),
          currency: fc.constantFrom("usd", "jpy"),
          customerId: fc.constantFrom("cus_1", "cus_2"),
        },
        { requiredKeys: [] },
      ),
    });
    fc.assert(
      fc.property(query, ({ roles, customerId, resource, action, input }) => {
        const principal = customerId === undefined ? { id: "p", roles } : { id: "p", roles, customerId };
        const asked = aQuery({ principal, resource, action, input });
        const { decision } = shipped.decide(asked);
        if (decision !== "DENY") expect(shipped.foresee(asked).canBePermitted).toBe(true);
        if (decision === "APPROVE") expect(shipped.foresee(asked).canNeedApproval).toBe(true);
      }),
      { numRuns: tries({ sample: 400, whole: 20_000 }) },
    );
  });
});
