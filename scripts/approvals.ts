/**
 * `npm run approvals`: shows calls that wait for an approval, and approves or rejects them, on the local stack or on a deployed
 * stage. docs/approvals.md explains it.
 */
import { approvalsCommand } from "./approvals/command.ts";
import { runApprovals } from "./approvals/run.ts";
import { runMain } from "./command-line/run-command.ts";

await runMain(approvalsCommand, runApprovals);
