/**
 * `npm run generate`: turns contracts, mail templates, workflows and policies into validators, types, state machines
 * and rules in generated/, and into the editors' schemas in schemas/. Writes only files that changed. When there are
 * mistakes, prints all of them, each with file, line and column, and exits with 1.
 */
import { SourceError } from "../lib/compiler/source/source-issue.ts";
import { undocumented } from "./capability-docs/undocumented.ts";
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
    for (const line of undocumented(contracts)) console.warn(line);
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
