import { describe, expect, it } from "@jest/globals";
import { checkPolicies } from "../../../../lib/compiler/policy/check-policies.ts";
import { loadPolicy } from "../../../../lib/compiler/policy/load-policy.ts";
import type { Attempt } from "../../../../lib/compiler/policy/resources.ts";
import { VALUE } from "../../../../lib/compiler/policy/shape.ts";
import { attempts } from "./attempts.ts";

function check(
  rules: readonly string[],
  possible: readonly Attempt[] = attempts(),
  head = "policyId: p\nversion: 1.0.0\n",
) {
  const policy = loadPolicy("p.yml", `${head}rules:\n${rules.map((rule) => `  - ${rule}\n`).join("")}`);
  const checked = checkPolicies([policy], possible);
  const issues = policy.source.issues.map(({ line, column, message }) => `${line}:${column} ${message}`);
  return { policy, checked, issues };
}
const onlyIssue = (rule: string) => {
  const { issues } = check([rule]);
  expect(issues).toHaveLength(1);
  return issues[0];
};

describe("given one mistake that could be reported as several", () => {
  it.each([
    ["{ id: a, effect: DENY, condition: 'input.nothing' }", "must be true or false, but can be any value"],
    ["{ id: a, effect: DENY, condition: 'whatever == input.nothing' }", 'unknown variable "whatever"'],
    ["{ id: 5 a, effect: DENY, condition: 'input.nothing == 1' }", "id must be words joined by hyphens"],
    [
      "{ id: a, effect: PERMIT, condition: 'stage == \"dev\"', scope: { capabilities: [nothing] } }",
      'unknown capability "nothing"',
    ],
    [
      "{ id: a, effect: REDACT, condition: 'true', redactFields: [x], scope: { capabilities: [nothing] } }",
      'unknown capability "nothing"',
    ],
    [
      "{ id: a, effect: REDACT, condition: 'true', redactFields: x }",
      "redactFields must be a list with at least one text value",
    ],
    ["{ id: a, effect: DENY, condition: 'usage.callsThisMinute.x > 5' }", 'usage has no "callsThisMinute.x"'],
  ])("%s is reported once: %s", (rule, message) => {
    expect(onlyIssue(rule)).toContain(message);
  });
});

describe("given a mistake in a list", () => {
  it("every action that the capability supports is named", () => {
    expect(
      onlyIssue(
        "{ id: a, effect: DENY, condition: 'true', scope: { capabilities: [nightly, make-report], actions: [start] } }",
      ),
    ).toContain("none of the rule's actions applies to make-report, which supports invoke, step");
  });

  it.each([
    [
      "make-report, send-email, stripe-create-customer",
      "invoke",
      "make-report, send-email, stripe-create-customer",
    ],
    [
      "make-report, send-email, stripe-create-customer, nightly",
      "invoke, start",
      "make-report, send-email, stripe-create-customer and 1 more",
    ],
  ])("an unknown input of %s is reported, for %s, with: %s", (capabilities, actions, labels) => {
    const rule = `{ id: a, effect: DENY, condition: 'input.nothing == 1', scope: { capabilities: [${capabilities}], actions: [${actions}] } }`;
    expect(onlyIssue(rule)).toMatch(new RegExp(`no input "nothing" in ${labels}(?:;|$)`));
  });
});

describe("given the place of a mistake", () => {
  it("an empty version is reported at its own place, not at the policy", () => {
    const { issues } = check(
      ["{ id: a, effect: DENY, condition: 'true' }"],
      attempts(),
      'policyId: p\nversion: ""\n',
    );
    expect(issues).toEqual(["2:10 the policy needs a version, such as 1.0.0"]);
  });

  it("a value that is not a list of text is reported by name", () => {
    const { issues } = check(["{ id: a, effect: DENY, condition: 'true', scope: { capabilities: x } }"]);
    expect(issues).toEqual(["4:70 scope.capabilities must be a list with at least one text value"]);
  });
});

describe("given an id at its maximum length", () => {
  it("60 characters are accepted, and 61 are refused", () => {
    const rule = (length: number) => `{ id: ${"a".repeat(length)}, effect: DENY, condition: 'true' }`;
    expect(check([rule(60)]).issues).toEqual([]);
    expect(onlyIssue(rule(61))).toContain("of at most 60 characters");
  });
});

describe("given rules that permit everything", () => {
  it("neither the rule itself nor another PERMIT is reported to keep it from deciding", () => {
    const { issues } = check([
      "{ id: a, effect: PERMIT, condition: 'true' }",
      "{ id: b, effect: PERMIT, condition: 'true' }",
    ]);
    expect(issues).toEqual([]);
  });
});

describe("given a rule whose condition cannot be understood", () => {
  it.each(["1 +", "input.nothing", "whatever"])("%s: it is generated as reading nothing", (condition) => {
    const { checked } = check([`{ id: a, effect: DENY, condition: '${condition}' }`]);
    expect(checked.map(({ reads }) => reads)).toEqual([{ input: [], usage: [] }]);
  });
});

describe("given an input with the name of a counter", () => {
  it("a read of it does not count as a read of the counter", () => {
    const fields = { callsThisMinute: { shape: VALUE, optional: false } };
    const odd: Attempt = {
      capability: "odd",
      action: "invoke",
      input: { kind: "object", fields },
      answer: VALUE,
    };
    const { checked, issues } = check(
      ["{ id: a, effect: DENY, condition: 'input.callsThisMinute > 5' }"],
      [odd],
    );
    expect(issues).toEqual([]);
    expect(checked.map(({ reads }) => reads)).toEqual([{ input: ["callsThisMinute"], usage: [] }]);
  });
});
