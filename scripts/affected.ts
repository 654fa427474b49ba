/**
 * `npm run affected`: which customers were affected by failures, from the log of the local stack or of a deployed stage.
 * docs/observability.md explains it.
 */
import { affectedCommand } from "./affected/command.ts";
import { runAffected } from "./affected/run.ts";
import { runMain } from "./command-line/run-command.ts";

await runMain(affectedCommand, runAffected);
