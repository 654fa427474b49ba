/** `npm run guards`: removes each guard of scripts/guards/guards/ and runs its test. docs/security.md explains it. */
import { runMain } from "./command-line/run-command.ts";
import { guardsCommand } from "./guards/command.ts";
import { runGuards } from "./guards/run.ts";

await runMain(guardsCommand, runGuards);
