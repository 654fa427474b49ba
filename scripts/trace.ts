/** `npm run trace`: names the files and lines of our sources in a stack trace or in log lines. */
import { runMain } from "./command-line/run-command.ts";
import { traceCommand } from "./trace/command.ts";
import { runTrace } from "./trace/run.ts";

await runMain(traceCommand, runTrace);
