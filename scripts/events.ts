/**
 * `npm run events -- list|show|replay|redrive|reconcile|drift`: what became of Stripe's events, and how to repair it,
 * on the local stack or on a deployed stage. docs/repair.md explains them. Ends with 1 when something is found wrong
 * that was not repaired, and with 2 when the command could not do its work.
 */
import { asProblem } from "../lib/errors.ts";
import { describeCause } from "../lib/log.ts";
import { scrub } from "../lib/scrub.ts";
import { LocalStackError } from "../local/ports.ts";
import { type EventsCommand, readCommand, USAGE } from "./events/command.ts";
import { compareObjects } from "./events/drift.ts";
import { listDeadLetters, listEvents } from "./events/list.ts";
import { reconcileNow } from "./events/reconcile.ts";
import { redriveDeadLetters } from "./events/redrive.ts";
import { replayEvents } from "./events/replay.ts";
import { showEvent } from "./events/show.ts";
import { selectQueues, selectTarget } from "./target.ts";

const now = new Date();
try {
  const { command, stage } = readCommand(process.argv.slice(2), now);
  if (command.action !== "help") {
    selectTarget(stage, ["STRIPE_SECRET_KEY"]);
    if (needsQueues(command)) await selectQueues(stage);
  }
  process.exitCode = (await run(command)) ? 0 : 1;
} catch (thrown) {
  console.error(messageOf(thrown));
  process.exitCode = 2;
}

/** Whether all is well. */
async function run(command: EventsCommand): Promise<boolean> {
  switch (command.action) {
    case "help":
      console.log(USAGE);
      return true;
    case "list":
      await (command.dead ? listDeadLetters(command) : listEvents(command, now));
      return true;
    case "show":
      await showEvent(command.eventId, now);
      return true;
    case "replay":
      return replayEvents(command, now);
    case "redrive":
      await redriveDeadLetters(command);
      return true;
    case "reconcile":
      return reconcileNow(command, now);
    case "drift":
      return compareObjects(command);
  }
}

function needsQueues(command: EventsCommand): boolean {
  return command.action === "list" ? command.dead : command.action !== "drift";
}

/** What an operator can act on: the problem, and what AWS or Stripe said where it is they that did not answer. */
function messageOf(thrown: unknown): string {
  if (thrown instanceof LocalStackError) return thrown.message;
  const problem = asProblem(thrown);
  if (problem.status < 500) return scrub(problem.message);
  const cause = describeCause(problem.cause ?? problem)?.split("\n")[0] ?? "";
  return `${scrub(problem.message)}: ${cause}\nIs the local stack up (npm start), or the stage right (--stage), with credentials for it?`;
}
