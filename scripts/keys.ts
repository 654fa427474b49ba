/**
 * `npm run -s keys`: manages API keys, on the local stack or on a deployed stage. Prints a new key once, and nothing
 * but the key on standard output, so it can be piped to a secret store. Messages go to standard error.
 */
import { runMain } from "./command-line/run-command.ts";
import { keysCommand } from "./keys/command.ts";
import { runKeys } from "./keys/run.ts";

await runMain(keysCommand, runKeys);
