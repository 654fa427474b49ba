/** One decision as the console shows it, for the policies of this checkout. */
import { describe, expect, it } from "@jest/globals";
import { decisionView } from "../../../scripts/console/policies/decision-view.ts";
import { placesIn, rulePlaces } from "../../../scripts/console/policies/rule-places.ts";
import type { ExplainRequest } from "../../../scripts/policy/explain.ts";
import { loadPolicyProject } from "../../../scripts/policy/project.ts";

const project = loadPolicyProject();
const places = rulePlaces();
const NOW = new Date("2026-11-25T10:00:00Z");
const asked = (request: Partial<ExplainRequest> = {}) =>
  decisionView(
    project,
    {
      principal: "shop=checkout",
      capability: "stripe-create-payment-intent",
      input: { amount: 4200 },
      ...request,
    },
    places,
    NOW,
  );
const ruleOf = (view: ReturnType<typeof asked>, id: string) => view.rules.find((rule) => rule.id === id);

describe("given a decision", () => {
  it("every rule of the policies says something to it, with its place", () => {
    const { rules } = asked();
    expect(rules.map(({ id }) => id).sort()).toEqual(project.rules.map(({ id }) => id).sort());
    expect(rules.filter(({ because, place }) => because.length === 0 || place === undefined)).toEqual([]);
  });

  it("exactly one rule decides", () => {
    const { decision, rules } = asked();
    expect(decision).toMatchObject({ decision: "PERMIT", ruleId: "checkout-may-take-payments" });
    expect(rules.filter(({ decided }) => decided).map(({ id }) => id)).toEqual([
      "checkout-may-take-payments",
    ]);
  });

  it("a rule says what it is about instead, or which usage it lacks", () => {
    const view = asked();
    expect(ruleOf(view, "billing-may-run-workflows")?.outcome).toBe("other resource");
    expect(ruleOf(asked({ action: "step" }), "agent-may-call")?.outcome).toBe("other action");
    expect(ruleOf(view, "limit-calls-per-minute")).toMatchObject({
      outcome: "reads usage",
      because: ["It reads usage.callsThisMinute, which is not given"],
    });
  });

  it("a rule that matched without deciding says which one decided", () => {
    const view = asked({ input: { amount: 2_000_001 } });
    expect(view.decision).toMatchObject({ decision: "DENY", ruleId: "limit-amount" });
    expect(ruleOf(view, "checkout-may-take-payments")?.because[0]).toBe(
      "It matched, but limit-amount denies the call, and a denial wins",
    );
  });

  it("its command is one that a shell reads as the same request", () => {
    expect(asked({ input: { amount: 4200, description: "Ada's order" } }).command).toBe(
      `echo '{"amount":4200,"description":"Ada'\\''s order"}' | npm run -s policy -- explain shop=checkout stripe-create-payment-intent -`,
    );
  });
});

describe("given a policy file", () => {
  it("each rule is found with its line and all of its text, without what follows", () => {
    const text = [
      "policyId: shop",
      "rules:",
      "  # Who pays.",
      "  - id: first",
      "    effect: PERMIT",
      "    condition: >-",
      "      true",
      "    reason: Always",
      "",
      "  # Who does not.",
      "  - id: second",
      "    effect: DENY",
      '    condition: "false"',
      "    reason: Never",
    ].join("\n");
    expect(placesIn("policies/shop.yml", text)).toEqual([
      [
        "first",
        {
          file: "policies/shop.yml",
          line: 4,
          text: "  - id: first\n    effect: PERMIT\n    condition: >-\n      true\n    reason: Always",
        },
      ],
      [
        "second",
        {
          file: "policies/shop.yml",
          line: 11,
          text: '  - id: second\n    effect: DENY\n    condition: "false"\n    reason: Never',
        },
      ],
    ]);
  });
});
