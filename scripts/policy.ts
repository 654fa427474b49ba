/** `npm run policy`: checks and explains the policies of this folder. docs/policy.md explains it. */
import { runMain } from "./command-line/run-command.ts";
import { policyCommand } from "./policy/command.ts";
import { runPolicy } from "./policy/run.ts";

await runMain(policyCommand, runPolicy);
