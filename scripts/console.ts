/** `npm run console`: the console of the local stack or of a deployed stage. docs/console.md explains it. */
import { runMain } from "./command-line/run-command.ts";
import { consoleCommand } from "./console/command.ts";
import { runConsole } from "./console/run.ts";

await runMain(consoleCommand, runConsole);
