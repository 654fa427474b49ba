/** `npm run policy`: checks, tests and explains the policies of this folder. docs/policy.md describes it. */
import { runMain } from "./command-line/run-command.ts";
import { policyCommand } from "./policy/command.ts";
import { runPolicy } from "./policy/run.ts";

await runMain(policyCommand, runPolicy);
