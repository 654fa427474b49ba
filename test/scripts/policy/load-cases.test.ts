import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { readDecisionTables } from "../../../scripts/policy/load-cases.ts";
import { loadPolicyProject } from "../../../scripts/policy/project.ts";

const { rules } = loadPolicyProject();
const table = (...who: string[]) =>
  [
    "| who | does | to | with | decision | by rule | because |",
    "|---|---|---|---|---|---|---|",
    ...who.map((roles) => `| ${roles} | read | audit | - | DENY | default-deny | |`),
  ].join("\n");

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "cases-"));
  mkdirSync(join(root, "policies"));
});
afterEach(() => rmSync(root, { recursive: true }));
const given = (name: string, text: string) => writeFileSync(join(root, "policies", name), text);

describe("given decision tables in several files", () => {
  it("the cases of all files are read, in the order of the files", () => {
    given("b.cases.md", table("support"));
    given("a.cases.md", table("admin", "nobody", "stranger"));
    const { cases, issues } = readDecisionTables(root, rules);
    expect(cases.map(({ who }) => who)).toEqual(["admin", "nobody", "stranger", "support"]);
    expect(issues).toEqual([]);
  });

  it("every role that no rule mentions is reported, with file, line and column", () => {
    given("a.cases.md", table("admin", "admin, suport"));
    given("b.cases.md", table("cashier"));
    expect(readDecisionTables(root, rules).issues).toEqual([
      {
        file: "policies/a.cases.md",
        line: 4,
        column: 10,
        message: 'no rule of policies/ mentions the role "suport"; did you mean "support"?',
      },
      {
        file: "policies/b.cases.md",
        line: 3,
        column: 3,
        message: expect.stringMatching(/^no rule of policies\/ mentions the role "cashier"; known: admin, /),
      },
    ]);
  });
});
