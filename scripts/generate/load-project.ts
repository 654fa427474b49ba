/**
 * Reads all YAML of the authors (contracts, languages, mail templates, workflows, policies) and checks the files against each
 * other.
 */
import type { Contract } from "../../lib/compiler/contract/load-contract.ts";
import type { LanguageFile } from "../../lib/compiler/language/load-language.ts";
import { SourceError, type SourceIssue } from "../../lib/compiler/source/source-issue.ts";
import type { MailTemplate } from "../../lib/compiler/template/load-template.ts";
import type { Workflow } from "../../lib/compiler/workflow/workflow.ts";
import type { MailLayout } from "../../lib/email/template.ts";
import type { PolicyRule } from "../../lib/policy/policy.ts";
import { type ContractFile, readContracts } from "./load-contracts.ts";
import { readLanguageFiles } from "./load-languages.ts";
import { readPolicies } from "./load-policies.ts";
import { readTemplates } from "./load-templates.ts";
import { readWorkflows } from "./load-workflows.ts";

export interface Project {
  readonly contracts: readonly Contract[];
  /** English first. */
  readonly languages: readonly LanguageFile[];
  readonly templates: readonly MailTemplate[];
  readonly mailLayout: MailLayout;
  readonly workflows: readonly Workflow[];
  /** The rules of all policies. */
  readonly rules: readonly PolicyRule[];
}

/** The project below `root`. Throws a SourceError with the mistakes of all its YAML and mails. */
export function loadProject(root = "."): Project {
  const { project, issues } = readProject(root);
  const found = issues();
  if (found.length > 0) throw new SourceError(found);
  return project;
}

export interface ReadProject {
  readonly project: Project;
  /** Later checks add the issues of contracts to their sources. */
  readonly contractFiles: readonly ContractFile[];
  /** All issues found so far. */
  readonly issues: () => readonly SourceIssue[];
}

/** The project below `root` as far as it can be understood. */
export function readProject(root: string): ReadProject {
  const contracts = readContracts(root);
  const languages = readLanguageFiles(root);
  const templates = readTemplates(root, languages.languages);
  const workflows = readWorkflows(root, contracts.known, templates.known);
  const policies = readPolicies(root, contracts.known, workflows.known);
  const project: Project = {
    contracts: contracts.files.map(({ contract }) => contract),
    languages: languages.languages,
    templates: templates.templates,
    mailLayout: templates.layout,
    workflows: workflows.workflows,
    rules: policies.rules,
  };
  const issues = [contracts, languages, templates, workflows, policies].flatMap((part) => part.issues);
  return {
    project,
    contractFiles: contracts.files,
    issues: () => [...issues, ...contracts.files.flatMap(({ source }) => source.issues)],
  };
}
