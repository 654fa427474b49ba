import { readFileSync } from "node:fs";
import { describe, expect, it } from "@jest/globals";
import { parse } from "yaml";
import { type Contract, loadContract } from "../../../../lib/compiler/contract/load-contract.ts";
import type { SourceIssue } from "../../../../lib/compiler/source/source-issue.ts";
import { checkWorkflow } from "../../../../lib/compiler/workflow/check-workflow.ts";
import { loadWorkflow } from "../../../../lib/compiler/workflow/load-workflow.ts";
import { readLanguageFiles } from "../../../../scripts/generate/load-languages.ts";
import { readTemplates } from "../../../../scripts/generate/load-templates.ts";

interface Mistake {
  readonly given: string;
  readonly workflow: string;
  readonly says: readonly string[];
}

const FOLDER = "test/lib/compiler/workflow";

const contracts = new Map(
  [
    `${FOLDER}/make-report.contract.yml`,
    "functions/send-email/contract.yml",
    "functions/stripe-create-customer/contract.yml",
    "functions/stripe-create-payment-intent/contract.yml",
  ].map((file): [string, Contract] => {
    const contract = loadContract(file, readFileSync(file, "utf8"));
    return [contract.capabilityId, contract];
  }),
);

const templates = readTemplates(".", readLanguageFiles(".").languages).known;

function issuesOf(text: string): readonly SourceIssue[] {
  const { workflow, source } = loadWorkflow("workflows/w.yml", text);
  checkWorkflow(workflow, contracts, templates);
  return source.issues;
}

describe("a workflow with a mistake", () => {
  const mistakes: Mistake[] = parse(readFileSync(`${FOLDER}/workflow-mistakes.yml`, "utf8"));

  it.each(mistakes)("is refused for $given, with line and column", ({ workflow, says }) => {
    const said = issuesOf(workflow).map(({ line, column, message }) => `${line}:${column} ${message}`);

    expect(said).toEqual(says);
  });

  it("names the file", () => {
    expect(issuesOf("workflowId: w").every(({ file }) => file === "workflows/w.yml")).toBe(true);
  });
});

describe("a workflow without a mistake", () => {
  it("is accepted if it is the specification's process-payment, unmodified", () => {
    expect(issuesOf(readFileSync("workflows/process-payment.yml", "utf8"))).toEqual([]);
  });

  it.each([
    ["1.0.0", "1.0.0"],
    ["1.0", "1.0"],
    ["2", "2"],
  ])("has the version %s as text, as it is written", (written, version) => {
    const text = `{ workflowId: w, version: ${written}, steps: [{ id: a, capability: make-report }] }`;

    expect(loadWorkflow("w.yml", text).workflow.version).toBe(version);
  });

  it("can use the outputs of steps that lie on every path to a step", () => {
    const issues = issuesOf(`
workflowId: w
version: 1.0
steps:
  - { id: a, capability: make-report, inputs: { title: x }, onSuccess: b }
  - { id: b, capability: make-report, inputs: { title: x }, onSuccess: c, onFailure: c }
  - id: c
    capability: make-report
    inputs:
      title: "of \${steps.b.output.note}"
      count: \${steps.a.output.total}
      tags: ["\${steps.a.output.lines.0.sku}"]
`);

    expect(issues).toEqual([]);
  });
});
