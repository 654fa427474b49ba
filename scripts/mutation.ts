/** `npm run mutation`: mutation tests of the parts of scripts/mutation/parts.ts. docs/mutation-testing.md explains it. */
import { runMain } from "./command-line/run-command.ts";
import { mutationCommand } from "./mutation/command.ts";
import { runMutation } from "./mutation/run.ts";

await runMain(mutationCommand, runMutation);
