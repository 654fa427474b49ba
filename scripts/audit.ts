/**
 * `npm run audit`: shows the audit log and checks whether it was tampered with, on the local stack or on a deployed
 * stage. docs/audit.md explains it.
 */
import { auditCommand } from "./audit/command.ts";
import { runAudit } from "./audit/run.ts";
import { runMain } from "./command-line/run-command.ts";

await runMain(auditCommand, runAudit);
