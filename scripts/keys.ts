/**
 * `npm run -s keys`: API keys, on the local stack or on a deployed stage. A new key is printed once, on standard output
 * alone, so that it can be piped to where it is kept; everything else is on standard error.
 */
import { runMain } from "./command-line/run-command.ts";
import { keysCommand } from "./keys/command.ts";
import { runKeys } from "./keys/run.ts";

await runMain(keysCommand, runKeys);
