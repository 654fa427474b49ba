/**
 * `npm run generate`: from contracts, mail templates, workflows and policies to validators, types, state machines and rules
 * in generated/.
 * Writes what changed only. Ends with 1 and every mistake, each with file, line and column.
 */
import { SourceError } from "../lib/compiler/source/source-issue.ts";
import { generateProject } from "./generate/generate-project.ts";

try {
  console.log(await generateProject());
} catch (error) {
  if (!(error instanceof SourceError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
