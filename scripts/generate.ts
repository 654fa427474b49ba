/**
 * `npm run generate`: from contracts, mail templates, workflows and policies to validators, types, state machines and rules
 * in generated/, and to the editors' schemas in schemas/.
 * Writes what changed only. Ends with 1 and every mistake, each with file, line and column.
 */
import { SourceError } from "../lib/compiler/source/source-issue.ts";
import type { Verdict } from "./command-line/command.ts";
import { runMain } from "./command-line/run-command.ts";
import { generateCommand } from "./generate/command.ts";
import { checkFunctions } from "./generate/functions/check-functions.ts";
import { generateProject } from "./generate/generate-project.ts";

async function runGenerate(): Promise<Verdict> {
  const startedAt = Date.now();
  try {
    const { contracts, summary, written } = await generateProject();
    const functions = await checkFunctions(contracts);
    console.log(
      `Generated ${summary}, for ${functions} functions (${written} files changed, ${Date.now() - startedAt} ms)`,
    );
    return "nothing wrong";
  } catch (error) {
    if (!(error instanceof SourceError)) throw error;
    console.error(error.message);
    return "something wrong";
  }
}

await runMain(generateCommand, runGenerate);
