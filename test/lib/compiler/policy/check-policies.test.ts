import { readFileSync } from "node:fs";
import { describe, expect, it } from "@jest/globals";
import { parse } from "yaml";
import { checkPolicies } from "../../../../lib/compiler/policy/check-policies.ts";
import { loadPolicy } from "../../../../lib/compiler/policy/load-policy.ts";
import type { PolicyRule } from "../../../../lib/policy/policy.ts";
import { attempts } from "./attempts.ts";

interface Mistake {
  readonly given: string;
  readonly policy: string;
  readonly says: readonly string[];
}

function check(...texts: readonly string[]): { readonly rules: PolicyRule[]; readonly issues: string[] } {
  const policies = texts.map((text, index) => loadPolicy(`policies/p${index + 1}.yml`, text));
  const rules = checkPolicies(policies, attempts());
  const issues = policies.flatMap(({ source }) =>
    source.issues.map(({ file, line, column, message }) => `${file}:${line}:${column} ${message}`),
  );
  return { rules, issues };
}

/** One rule, written in YAML's flow style. */
const aRule = (condition: string, more = "") =>
  `policyId: p\nversion: 1.0.0\nrules:\n  - { id: a, effect: DENY, condition: ${JSON.stringify(condition)}${more} }\n`;

const payments = ", scope: { capabilities: [stripe-create-payment-intent] }";
const customers = ", scope: { capabilities: [stripe-create-customer] }";
const reports = ", scope: { capabilities: [make-report] }";
const nightly = ", scope: { capabilities: [nightly], actions: [start] }";

describe("a policy with a mistake", () => {
  const mistakes: Mistake[] = parse(readFileSync("test/lib/compiler/policy/policy-mistakes.yml", "utf8"));

  it.each(mistakes)("is refused for $given, with line and column", ({ policy, says }) => {
    expect(check(policy).issues).toEqual(says.map((words) => `policies/p1.yml:${words}`));
  });

  it("is reported where another policy has the same rule id", () => {
    expect(check(aRule('stage == "dev"'), aRule('stage == "prod"')).issues).toEqual([
      'policies/p2.yml:4:11 rule "a" already exists; ids must be unique across all policies',
    ]);
  });

  it("is found if another policy's unconditional DENY always wins", () => {
    const denial = aRule("true").replace("id: a", "id: closed");
    const permit = aRule('"admin" in principal.roles').replace("DENY", "PERMIT");

    expect(check(permit, denial).issues).toEqual([
      "policies/p1.yml:4:41 the rule can never decide: everything in its scope is always denied by closed",
    ]);
  });
});

describe("a policy without a mistake", () => {
  it.each([
    ["a plain comparison", "input.amount > 5000", payments],
    ["a guarded optional input", "has(input.customerId) && input.customerId == principal.id", payments],
    ["a guard by its negation", "!has(input.customerId) || input.customerId == principal.id", payments],
    [
      "a guard in a conditional",
      "has(input.customerId) ? input.customerId == principal.id : false",
      payments,
    ],
    ["a guard in the other branch", "!has(input.name) ? false : input.name == principal.id", customers],
    [
      "a guard behind two negations and an or",
      '!(!has(input.name) || stage == "dev") && input.name == "x"',
      customers,
    ],
    ["an and of guards", "has(input.name) && has(input.metadata) && size(input.name) > 3", customers],
    ["a guard of a nested field", "has(input.report.pages) && input.report.pages > 5", nightly],
    ["a required field below a required one", 'input.report.title == "x"', nightly],
    [
      "a deep optional field",
      'has(input.options) && has(input.options.color) && input.options.color == "red"',
      reports,
    ],
    [
      "anything below a free-form object",
      "has(input.metadata) && has(input.metadata.a) && has(input.metadata.a.b)",
      payments,
    ],
    ["an item of a list", 'has(input.tags) && input.tags[0] == "x"', reports],
    ["a macro over a list", 'has(input.tags) && input.tags.exists(tag, tag.startsWith("x"))', reports],
    ["a name in brackets", 'input["amount"] > 5', payments],
    ["a guard of an input that only some capabilities have", "has(input.amount) && input.amount > 5", ""],
    ["a choice by capability", 'capability == "stripe-create-payment-intent" && input.amount > 5', ""],
    ["a choice by its negation", 'capability != "stripe-create-payment-intent" || input.amount > 5', ""],
    [
      "a choice by conditional",
      'capability == "stripe-create-payment-intent" ? input.amount > 5 : stage == "dev"',
      "",
    ],
    [
      "a choice by the other branch",
      'capability != "stripe-create-payment-intent" ? stage == "dev" : input.amount > 5',
      "",
    ],
    ["an item by a required input", 'has(input.tags) && input.tags[size(input.title)] == "x"', reports],
    ["a map of limits", '{"usd": 5, "eur": 6}[input.currency] < input.amount', payments],
    ["a bound limit", "cel.bind(limit, 5, input.amount > limit)", payments],
    [
      "the principal's customer, tested first",
      "has(principal.customerId) && principal.customerId == stage",
      "",
    ],
    ["a role by its index", 'principal.roles[0] == "admin"', ""],
    ["the time", 'now.getHours("UTC") < 6 || now > timestamp("2027-01-01T00:00:00Z")', ""],
    ["usage", "usage.callsThisMinute > 60", ""],
    ["usage that is tested first", "has(usage.customerAmountToday) && usage.customerAmountToday > 60", ""],
    ["a comparison with a fraction", "input.amount > 10.5", payments],
    ["an unconditional denial", "true", ""],
    ["a variable that is named only inside a string", 'stage == "input.nothing"', ""],
  ])("is accepted with %s", (_given, condition, more) => {
    expect(check(aRule(condition, more)).issues).toEqual([]);
  });

  it("is generated with defaults filled in", () => {
    const { rules, issues } = check(
      'policyId: p\nversion: 1.0.0\nrules: [{ id: a, effect: PERMIT, condition: " true " }]\n',
    );

    expect(issues).toEqual([]);
    expect(rules).toEqual([
      {
        id: "a",
        effect: "PERMIT",
        condition: "true",
        priority: 0,
        redactFields: [],
        reason: "Decided by rule a of policy p",
        reads: { input: [], usage: [] },
      },
    ]);
  });

  it("is generated with all of its keys", () => {
    const { rules, issues } = check(`policyId: p
version: 1.0.0
description: Masks.
rules:
  - id: mask
    effect: REDACT
    priority: -5
    scope: { capabilities: [make-report, nightly], actions: [invoke, read] }
    condition: >-
      !("admin" in
      principal.roles)
    redactFields: [lines.sku, meta.anything.goes, steps.error.message]
    reason: " Not yours to see "
`);

    expect(issues).toEqual([]);
    expect(rules).toEqual([
      {
        id: "mask",
        effect: "REDACT",
        condition: '!("admin" in principal.roles)',
        priority: -5,
        capabilities: ["make-report", "nightly"],
        actions: ["invoke", "read"],
        redactFields: ["lines.sku", "meta.anything.goes", "steps.error.message"],
        reason: "Not yours to see",
        reads: { input: [], usage: [] },
      },
    ]);
  });

  it.each([
    ["1.0.0", "1.0.0"],
    ["1.0", "1.0"],
    ["2", "2"],
  ])("has the version %s as text, as it is written", (written, version) => {
    expect(loadPolicy("p.yml", `policyId: p\nversion: ${written}\n`).version).toBe(version);
  });

  it.each([
    ["compared inputs", "input.amount > 5 && input.currency == stage", payments, ["amount", "currency"]],
    ["an input that is read twice, once", "input.amount > 5 || input.amount < 2", payments, ["amount"]],
    ["a tested input", "has(input.customerId)", payments, ["customerId"]],
    ["deep paths", 'input.report.title == "x"', nightly, ["report.title"]],
    ["a list, up to its index", 'has(input.tags) && input.tags[0] == "x"', reports, ["tags"]],
    ["an input in brackets", '{"usd": 5}[input.currency] < 6', payments, ["currency"]],
    [
      "nothing that is unreachable",
      'stage == "dev" || (capability == "audit" && has(input.amount))',
      payments,
      [],
    ],
    ["nothing of the principal", "has(principal.customerId)", "", []],
  ])("says that its rules read %s", (_what, condition, more, input) => {
    const { rules } = check(aRule(condition, more));

    expect(rules.map((rule) => rule.reads)).toEqual([{ input, usage: [] }]);
  });

  it.each([
    ["usage.callsThisMinute > 5", ["callsThisMinute"]],
    ['usage["customerAmountToday"] > 5', ["customerAmountToday"]],
    [
      "usage.customerAmountToday > 5 || usage.callsThisMinute > 5",
      ["callsThisMinute", "customerAmountToday"],
    ],
  ])("says which counters %s reads", (condition, usage) => {
    expect(check(aRule(condition)).rules.map((rule) => rule.reads)).toEqual([{ input: [], usage }]);
  });

  it.each([
    ["denies less than the permit permits", 'action == "step"', "", '"admin" in principal.roles', ""],
    ["denies under a condition", 'stage == "dev"', "", '"admin" in principal.roles', ""],
    ["denies elsewhere", "true", customers, '"admin" in principal.roles', payments],
  ])("can permit where another rule %s", (_given, denied, deniedScope, permitted, permittedScope) => {
    const denial = aRule(denied, deniedScope).replace("id: a", "id: b");
    const permit = aRule(permitted, permittedScope).replace("DENY", "PERMIT");

    expect(check(denial, permit).issues).toEqual([]);
  });

  it("can permit requests that an unconditional DENY does not cover", () => {
    const denial = aRule('action != "start"').replace("id: a", "id: b");
    const permit = aRule('action == "start" && "admin" in principal.roles').replace("DENY", "PERMIT");

    expect(check(denial, permit).issues).toEqual([]);
    expect(check(denial, permit.replace("start", "invoke")).issues).toHaveLength(1);
  });

  it("can have an id of 60 characters", () => {
    expect(check(aRule("true").replace("id: a", `id: ${"a".repeat(60)}`)).issues).toEqual([]);
  });

  it("can deny requests that another rule already denies", () => {
    const denial = aRule("true").replace("id: a", "id: b");

    expect(check(denial, aRule('stage == "dev"')).issues).toEqual([]);
  });
});
