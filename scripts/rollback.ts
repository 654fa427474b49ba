/** `npm run rollback`: deploys an earlier version of a stage again: docs/deploy.md. */
import { runMain } from "./command-line/run-command.ts";
import { rollbackCommand } from "./rollback/command.ts";
import { runRollback } from "./rollback/run.ts";

await runMain(rollbackCommand, runRollback);
