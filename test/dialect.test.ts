/**
 * Compares docs/dialect.md with the code: its tables with the key tables, its examples with the loaders and schemas.
 */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "@jest/globals";
import { Ajv } from "ajv";
import { parse } from "yaml";
import { CONTRACT_KEYS, PROVIDER_KEYS } from "../lib/compiler/contract/contract-keys.ts";
import { FIELD_KEYS } from "../lib/compiler/contract/field-keys.ts";
import { readContract } from "../lib/compiler/contract/load-contract.ts";
import { checkPolicies } from "../lib/compiler/policy/check-policies.ts";
import { loadPolicy } from "../lib/compiler/policy/load-policy.ts";
import { POLICY_KEYS, RULE_KEYS, SCOPE_KEYS } from "../lib/compiler/policy/policy-keys.ts";
import { possibleAttempts } from "../lib/compiler/policy/resources.ts";
import type { KeyTable } from "../lib/compiler/source/key-table.ts";
import { SourceError, type SourceIssue } from "../lib/compiler/source/source-issue.ts";
import { readTemplate } from "../lib/compiler/template/load-template.ts";
import { TEMPLATE_KEYS } from "../lib/compiler/template/template-keys.ts";
import { checkWorkflow } from "../lib/compiler/workflow/check-workflow.ts";
import { loadWorkflow } from "../lib/compiler/workflow/load-workflow.ts";
import { RETRY_KEYS, STEP_KEYS, WAIT_KEYS, WORKFLOW_KEYS } from "../lib/compiler/workflow/workflow-keys.ts";
import { readFunctionFile } from "../resources/function-file.ts";
import { FUNCTION_KEYS, SCHEDULE_KEYS } from "../resources/function-keys.ts";
import { DIALECT_FILES, type DialectKind, editorSchema } from "../scripts/generate/editor-schemas.ts";
import { loadProject } from "../scripts/generate/load-project.ts";
import { blocksIn, MARKDOWN_FILES } from "./steps/documented-blocks.ts";

const PAGE = "docs/dialect.md";
const TEXT = readFileSync(PAGE, "utf8");

/** The tables of the page, by the name in the comment above each, and the kind of file whose examples use the keys. */
const TABLES: readonly (readonly [string, KeyTable, DialectKind])[] = [
  ["field", FIELD_KEYS, "contract"],
  ["contract", CONTRACT_KEYS, "contract"],
  ["provider", PROVIDER_KEYS, "contract"],
  ["workflow", WORKFLOW_KEYS, "workflow"],
  ["step", STEP_KEYS, "workflow"],
  ["wait", WAIT_KEYS, "workflow"],
  ["retry", RETRY_KEYS, "workflow"],
  ["template", TEMPLATE_KEYS, "template"],
  ["policy", POLICY_KEYS, "policy"],
  ["rule", RULE_KEYS, "policy"],
  ["scope", SCOPE_KEYS, "policy"],
  ["function", FUNCTION_KEYS, "function"],
  ["schedule", SCHEDULE_KEYS, "function"],
];

interface Example {
  readonly kind: DialectKind;
  readonly isWrong: boolean;
  readonly yaml: string;
  /** For a template: the text of both bodies. */
  readonly body: string;
  /** The reported mistakes, one per line. */
  readonly report: string;
  readonly title: string;
}

/** A YAML file, the bodies of a template, and what is reported about a wrong one follow each other. */
function examplesIn(file: string): readonly Example[] {
  const examples: Example[] = [];
  for (const { language, label, text, line } of blocksIn(file)) {
    const [kind = "", wrong] = label.split(" ");
    const last = examples.at(-1);
    if (language === "yaml" && isKind(kind)) {
      const title = `the ${kind} at ${file}:${line}`;
      examples.push({ kind, isWrong: wrong === "wrong", yaml: text, body: "", report: "", title });
    } else if (file !== PAGE || /^# yaml-language-server: /.test(text)) continue;
    else if (language === "mustache" && last?.kind === "template" && last.body === "")
      examples.splice(-1, 1, { ...last, body: text });
    else if (language === "text" && last?.isWrong === true && last.report === "")
      examples.splice(-1, 1, { ...last, report: text });
    else throw new Error(`${file}:${line}: this block belongs to no example`);
  }
  return examples;
}

function isKind(word: string): word is DialectKind {
  return Object.hasOwn(DIALECT_FILES, word);
}

const EXAMPLES = examplesIn(PAGE);
/** Those of other pages, too. */
const ALL_EXAMPLES = MARKDOWN_FILES.flatMap(examplesIn);

const project = loadProject();
const contracts = new Map(project.contracts.map((contract) => [contract.capabilityId, contract]));
const templates = new Map(project.templates.map(({ name, data }) => [name, data]));
const workflows = new Map(project.workflows.map((workflow) => [workflow.workflowId, workflow]));

/** The mistakes that the loader of the example's kind finds, and its checks against the shipped files. */
function issuesOf({ kind, yaml, body }: Example): readonly SourceIssue[] {
  const content = parse(yaml);
  switch (kind) {
    case "contract":
      return readContract(`functions/${content.capabilityId}/contract.yml`, yaml).source.issues;
    case "function":
      return readFunctionFile("functions/example/function.yml", yaml).source.issues;
    case "template": {
      const folder = `functions/send-email/templates/${content.templateId}`;
      return readTemplate({ folder, yaml, html: body, text: body }, () => undefined).issues;
    }
    case "workflow": {
      const { workflow, source } = loadWorkflow(`workflows/${content.workflowId}.yml`, yaml);
      checkWorkflow(workflow, contracts, templates);
      return source.issues;
    }
    case "policy": {
      const policy = loadPolicy(`policies/${content.policyId}.yml`, yaml);
      checkPolicies([policy], possibleAttempts(contracts, workflows));
      return policy.source.issues;
    }
  }
}

const reportOf = (example: Example) => new SourceError(issuesOf(example)).message;

/** The rows that describe these keys. */
function rowsOf(keys: KeyTable): string[] {
  return Object.entries(keys).map(([key, { description, required, value }]) => {
    const words = Array.isArray(value.enum)
      ? ` One of ${value.enum.map((word) => `\`${word}\``).join(", ")}.`
      : "";
    return `| \`${key}\` | ${required === true ? "yes" : "no"} | ${description}${words} |`;
  });
}

describe("docs/dialect.md", () => {
  it.each(TABLES)("has a row for every key of the table %s, with the editor's description", (name, keys) => {
    const [, after = ""] = TEXT.split(`<!-- table: ${name} -->\n\n`);
    const [table = ""] = after.split("\n\n");
    expect(table.split("\n")).toEqual([
      "| key | required | what it says |",
      "|---|---|---|",
      ...rowsOf(keys),
    ]);
  });

  it.each(TABLES)("uses every key of the table %s in a correct example", (_name, keys, kind) => {
    const right = EXAMPLES.filter((example) => example.kind === kind && !example.isWrong);
    const yaml = right.map((example) => example.yaml).join("\n");
    for (const key of Object.keys(keys)) expect(yaml).toMatch(new RegExp(`(?<![\\w-])${key}:`));
  });

  it.each(ALL_EXAMPLES.filter(({ isWrong }) => !isWrong))(
    "is right: $title loads without a mistake",
    (example) => {
      expect(reportOf(example)).toBe("");
      const validate = new Ajv({ allowUnionTypes: true, strictTypes: false }).compile(
        editorSchema(example.kind),
      );
      expect(validate(parse(example.yaml)) ? [] : validate.errors).toEqual([]);
    },
  );

  it.each(ALL_EXAMPLES.filter(({ isWrong }) => isWrong))(
    "is right: $title is reported as documented",
    (example) => {
      expect(`${reportOf(example)}\n`).toBe(example.report);
    },
  );
});
