/** Turns the project's sources into generated/, which the functions bundle, and schemas/, which editors read. */
import { join } from "node:path";
import type { Contract } from "../../lib/compiler/contract/load-contract.ts";
import { toolIssues, toolsOf } from "../../lib/compiler/mcp/tools.ts";
import { SourceError } from "../../lib/compiler/source/source-issue.ts";
import { readDecisionTables } from "../policy/load-cases.ts";
import { generateCapabilities } from "./capabilities.ts";
import { checkOperations } from "./check-operations.ts";
import { generateClientTypes } from "./client-types.ts";
import { generateEditorSchemas } from "./editor-schemas.ts";
import { generateEmailTemplates } from "./email-templates.ts";
import { generateHandlers } from "./handlers.ts";
import { generateLanguages } from "./languages.ts";
import { functionFileIssues } from "./load-functions.ts";
import { readProject } from "./load-project.ts";
import { generateMcpTools } from "./mcp-tools.ts";
import { generateNotificationTypes } from "./notification-types.ts";
import { generateOpenApi, projectDocument } from "./openapi.ts";
import { Output } from "./output.ts";
import { generatePayPageAssets } from "./pay-page-assets.ts";
import { generatePolicies } from "./policies.ts";
import { generateStepChecks } from "./step-checks.ts";
import { writeFormats } from "./validators.ts";
import { generateWorkflows } from "./workflows.ts";

/** The result of a generation. */
export interface Generated {
  readonly contracts: readonly Contract[];
  /** `4 capabilities, 4 mail templates, 1 workflows, 13 policy rules` */
  readonly summary: string;
  /** The number of files that changed. */
  readonly written: number;
}

/**
 * Generates everything below `root`, the project's folder. When a source has mistakes, writes nothing and throws a
 * SourceError with the mistakes of all sources.
 */
export async function generateProject(root = "."): Promise<Generated> {
  const { project, contractFiles, issues } = readProject(root);
  const operations = await checkOperations(root, contractFiles);
  const found = [...issues(), ...operations.issues, ...functionFileIssues(root)];
  // Rules that cannot be understood mention no role, so their decision tables cannot be checked.
  if (issues().length === 0) found.push(...readDecisionTables(root, project.rules).issues);
  if (found.length > 0) throw new SourceError(found);
  const { contracts, languages, templates, mailLayout, workflows, rules } = project;
  const tools = toolsOf(contracts, workflows);
  const wrongTools = toolIssues(tools);
  if (wrongTools.length > 0) throw new SourceError(wrongTools);
  const output = new Output(join(root, "generated"));
  await writeFormats(output);
  await generateCapabilities(output, contracts);
  generateHandlers(output, contracts, operations);
  generateLanguages(output, languages);
  await generateEmailTemplates(output, templates, mailLayout);
  await generateWorkflows(output, workflows, contracts);
  generateStepChecks(output, workflows, contracts, operations.checkingInputs);
  generatePolicies(output, rules);
  generatePayPageAssets(output, root);
  generateMcpTools(output, tools);
  const document = projectDocument(root, project);
  generateOpenApi(output, document);
  await generateClientTypes(output, project, document);
  await generateNotificationTypes(output);
  const schemas = new Output(join(root, "schemas"));
  generateEditorSchemas(schemas);
  const written = output.finish() + schemas.finish();
  const summary = `${contracts.length} capabilities, ${templates.length} mail templates, ${workflows.length} workflows, ${rules.length} policy rules`;
  return { contracts, summary, written };
}
