/**
 * `npm run generate`: from contracts, mail templates, workflows and policies to validators, types, state machines and rules
 * in generated/.
 * Writes what changed only. Ends with 1 and every mistake, each with file, line and column.
 */
import { SourceError } from "../lib/compiler/source/source-issue.ts";
import { generateCapabilities } from "./generate/capabilities.ts";
import { generateEmailTemplates } from "./generate/email-templates.ts";
import { checkFunctions } from "./generate/functions/check-functions.ts";
import { generateHandlers } from "./generate/handlers.ts";
import { Output } from "./generate/output.ts";
import { generatePayPageAssets } from "./generate/pay-page-assets.ts";
import { generatePolicies } from "./generate/policies.ts";
import { generateWorkflows } from "./generate/workflows.ts";

const startedAt = Date.now();
try {
  const output = new Output("generated");
  const contracts = await generateCapabilities(output);
  await generateHandlers(output, contracts);
  const templates = await generateEmailTemplates(output);
  const workflows = await generateWorkflows(output, contracts);
  const policyRules = generatePolicies(output, contracts);
  generatePayPageAssets(output);
  const written = output.finish();
  const functions = await checkFunctions(contracts);
  console.log(
    `Generated ${contracts.length} capabilities for ${functions} functions, ${templates} mail templates, ${workflows} workflows, ${policyRules} policy rules ` +
      `(${written} files changed, ${Date.now() - startedAt} ms)`,
  );
} catch (error) {
  if (!(error instanceof SourceError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
