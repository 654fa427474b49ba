/**
 * `npm run contracts -- check <ref>`: what has changed since a commit that breaks callers or applications. docs/changing-contracts.md
 * explains it.
 */
import { runMain } from "./command-line/run-command.ts";
import { contractsCommand } from "./contracts/command.ts";
import { runContracts } from "./contracts/run.ts";

await runMain(contractsCommand, runContracts);
