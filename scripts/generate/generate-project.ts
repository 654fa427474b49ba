/** From the project's sources to generated/: what the Lambdas bundle. */
import { join } from "node:path";
import { generateCapabilities } from "./capabilities.ts";
import { generateEmailTemplates } from "./email-templates.ts";
import { checkedProject } from "./load-project.ts";
import { Output } from "./output.ts";
import { generatePayPageAssets } from "./pay-page-assets.ts";
import { generatePolicies } from "./policies.ts";
import { generateWorkflows } from "./workflows.ts";

/**
 * Generates everything below `root`, the project's folder, and returns in a line what was done. Throws a SourceError with
 * the mistakes of all sources; then nothing is written.
 */
export async function generateProject(root = "."): Promise<string> {
  const startedAt = Date.now();
  const project = await checkedProject(root);
  const { contracts, templates, workflows, rules } = project;
  const output = new Output(join(root, "generated"));
  await generateCapabilities(output, contracts);
  await generateEmailTemplates(output, templates);
  await generateWorkflows(output, workflows, contracts);
  generatePolicies(output, rules);
  generatePayPageAssets(output, root);
  const written = output.finish();
  return (
    `Generated ${contracts.length} capabilities, ${templates.length} mail templates, ${workflows.length} workflows, ${rules.length} policy rules ` +
    `(${written} files changed, ${Date.now() - startedAt} ms)`
  );
}
