import { describe, expect, it } from "@jest/globals";
import { createPolicy } from "../../../lib/policy/create-policy.ts";
import { readCases } from "../../../scripts/policy/cases.ts";
import { loadPolicyProject } from "../../../scripts/policy/project.ts";
import { QUIET_USAGE } from "../../../scripts/policy/quiet-usage.ts";
import { differenceOf } from "../../../scripts/policy/run-cases.ts";

const HEAD = "| who | does | to | with | decision | by rule | because |\n|---|:-:|---|---|---|---|---|\n";
const read = (rows: string) => readCases("policies/p.cases.md", HEAD + rows);

describe("given a decision table", () => {
  it("reads only its rows, and ignores the text around it", () => {
    const cases = readCases(
      "policies/p.cases.md",
      `# Title\n\nSome text.\n\n${HEAD}| checkout | invoke | x | amount = 4200, currency = usd | PERMIT | a | may |\n\nMore | text\n\n${HEAD}| nobody | read | audit | - | DENY | b |  |\n`,
    );

    expect(cases).toEqual([
      {
        place: "policies/p.cases.md:7",
        who: "checkout",
        roles: ["checkout"],
        action: "invoke",
        capability: "x",
        input: { amount: 4200, currency: "usd" },
        usage: QUIET_USAGE,
        decision: "PERMIT",
        ruleId: "a",
        because: "may",
      },
      {
        place: "policies/p.cases.md:13",
        who: "nobody",
        roles: [],
        action: "read",
        capability: "audit",
        input: {},
        usage: QUIET_USAGE,
        decision: "DENY",
        ruleId: "b",
        because: "",
      },
    ]);
  });

  it.each([
    ["checkout, support", { roles: ["checkout", "support"] }],
    ["checkout for cus_ada", { roles: ["checkout"], customerId: "cus_ada" }],
    ["nobody for cus_ada", { roles: [], customerId: "cus_ada" }],
  ])("understands the column who: %s", (who, principal) => {
    expect(read(`| ${who} | read | audit | | DENY | b | |`)).toMatchObject([principal]);
  });

  it.each([
    ["", {}, {}],
    ["-", {}, {}],
    ['a = 5, b = -1.5, c = x y, d = "5", e =', { a: 5, b: -1.5, c: "x y", d: "5", e: "" }, {}],
    ["a.0.b = 1, a.0.c = x, a.1.b = 2", { a: [{ b: 1, c: "x" }, { b: 2 }] }, {}],
    ["usage.callsThisMinute = 601, a = 1", { a: 1 }, { callsThisMinute: 601 }],
    ["usage.customerAmountToday = 5", {}, { customerAmountToday: 5 }],
  ])("understands the column with: %s", (given, input, usage) => {
    expect(read(`| admin | read | audit | ${given} | DENY | b | |`)).toMatchObject([
      { input, usage: { ...QUIET_USAGE, ...usage } },
    ]);
  });

  it.each([
    ["| admin | read | audit | - | DENY | b |", "3:1 the row has 6 cells; a case has 7"],
    ["| admin | reed | audit | - | DENY | b | |", '3:11 unknown action "reed"; did you mean "read"?'],
    ["| admin | read | audit | - | deny | b | |", '3:30 unknown decision "deny"; did you mean "DENY"?'],
    ["| admin | read | audit | amount | DENY | b | |", '3:26 "amount" is not of the form name = value'],
    [
      "| admin | read | audit | usage.calls = 5 | DENY | b | |",
      '3:26 usage has no "calls"; known: callsThisMinute, callsToday, customerAmountToday, principalAmountToday, quantityToday, quantityThisMonth',
    ],
    [
      "| admin | read | audit | usage.callsThisMinute = many | DENY | b | |",
      "3:26 usage.callsThisMinute must be a whole number",
    ],
  ])("refuses %s", (row, says) => {
    expect(() => read(row)).toThrow(expect.objectContaining({ message: `policies/p.cases.md:${says}` }));
  });

  it("refuses a role that no rule mentions, at its place, and accepts nobody and stranger", () => {
    const mentioned = { names: ["checkout", "support"], anyMayCount: false };
    const readChecked = (who: string) =>
      readCases("policies/p.cases.md", `${HEAD}| ${who} | read | audit | - | DENY | b | |`, mentioned);
    expect(() => readChecked("checkout, suport for cus_ada")).toThrow(
      'policies/p.cases.md:3:13 no rule of policies/ mentions the role "suport"; did you mean "support"?',
    );
    for (const who of ["nobody", "stranger", "checkout, support", "support for cus_ada"]) {
      expect(readChecked(who)).toHaveLength(1);
    }
  });

  it("refuses a table with other columns", () => {
    expect(() => readCases("p.md", "| who | does |\n|---|---|\n")).toThrow(
      "p.md:1:1 a table of cases has the columns who, does, to, with, decision, by rule, because",
    );
  });
});

describe("given a case and the policies", () => {
  const project = loadPolicyProject();
  const differences = (row: string) =>
    read(row).map((found) => differenceOf(found, createPolicy(project.rules), project));

  it.each([
    [
      "| admin | invoke | stripe-create-payment-intent | amount = 5 | PERMIT | admin-may-do-everything | may do |",
      undefined,
    ],
    [
      "| admin | invoke | stripe-create-payment-intent | amount = 5 | DENY | admin-may-do-everything | may do |",
      'policies/p.cases.md:3 admin invoke stripe-create-payment-intent: should be DENY by admin-may-do-everything, because "may do", but is PERMIT by admin-may-do-everything, because "The role admin may do everything"',
    ],
    [
      "| admin | invoke | stripe-create-payment-intent | amount = 5 | PERMIT | another | |",
      'policies/p.cases.md:3 admin invoke stripe-create-payment-intent: should be PERMIT by another, because "", but is PERMIT by admin-may-do-everything, because "The role admin may do everything"',
    ],
    [
      "| admin | invoke | stripe-create-payment-intent | amount = 5 | PERMIT | admin-may-do-everything | cannot |",
      expect.stringContaining('because "cannot", but is PERMIT'),
    ],
    [
      "| admin | start | stripe-create-payment-intent | amount = 5 | DENY | x | |",
      "policies/p.cases.md:3 admin start stripe-create-payment-intent: this action does not exist",
    ],
    [
      "| admin | invoke | stripe-create-payment-intent | amuont = 5 | PERMIT | admin-may-do-everything | |",
      'policies/p.cases.md:3 admin invoke stripe-create-payment-intent: the contract refuses this input: amuont is not a known field; did you mean "amount"?',
    ],
    [
      "| admin | read | audit | amount = 5 | PERMIT | x | |",
      expect.stringContaining("amount is not a known field"),
    ],
    [
      "| admin | start | process-payment | amount = many | PERMIT | x | |",
      expect.stringContaining("amount must be a number"),
    ],
  ])("%s", (row, difference) => {
    expect(differences(row)).toEqual([difference]);
  });
});
