/** Rules and queries for tests, with irrelevant fields filled in. */
import type { PolicyQuery, PolicyRule } from "../../../lib/policy/policy.ts";

export function aRule(rule: Partial<PolicyRule>): PolicyRule {
  const id = rule.id ?? "a-rule";
  return {
    id,
    effect: "PERMIT",
    condition: "true",
    priority: 0,
    redactFields: [],
    reason: `Because of ${id}`,
    reads: { input: [], usage: [] },
    ...rule,
  };
}

export function aQuery(query: Partial<PolicyQuery> = {}): PolicyQuery {
  return {
    principal: { id: "shop", roles: ["checkout"] },
    resource: "stripe-create-payment-intent",
    action: "invoke",
    input: { amount: 4200, currency: "usd" },
    stage: "dev",
    now: new Date("2026-11-25T10:00:00Z"),
    ...query,
  };
}
