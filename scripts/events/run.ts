/** Runs the chosen command of `npm run events`. */
import type { Circumstances, Verdict } from "../command-line/command.ts";
import { selectQueues, selectTables, selectTarget } from "../target.ts";
import type { EventsAsked } from "./command.ts";
import { completeCustomers } from "./complete.ts";
import { compareObjects } from "./drift.ts";
import { listDeadLetters, listEvents } from "./list.ts";
import { reconcileNow } from "./reconcile.ts";
import { redriveDeadLetters } from "./redrive.ts";
import { replayEvents } from "./replay.ts";
import { showEvent } from "./show.ts";

export async function runEvents(asked: EventsAsked, { now, target }: Circumstances): Promise<Verdict> {
  // Messages that are signed with the secret of another stage, from this shell, would be refused.
  if (target.stage !== undefined) delete process.env.APP_SECRET;
  selectTarget(target, ["STRIPE_SECRET_KEY", "APP_SECRET"]);
  await selectTables(target);
  if (needsQueues(asked)) await selectQueues(target);
  switch (asked.action) {
    case "list":
      await (asked.dead ? listDeadLetters(asked) : listEvents(asked, now));
      return "nothing wrong";
    case "show":
      await showEvent(asked.eventId, now);
      return "nothing wrong";
    case "replay":
      return replayEvents(asked, now, say);
    case "redrive":
      await redriveDeadLetters(asked, say);
      return "nothing wrong";
    case "reconcile":
      return reconcileNow(asked, now);
    case "drift":
      return compareObjects(asked);
    case "complete":
      await completeCustomers();
      return "nothing wrong";
  }
}

const say = (line: string) => console.log(line);

function needsQueues(asked: EventsAsked): boolean {
  if (asked.action === "list") return asked.dead;
  return asked.action !== "drift" && asked.action !== "complete";
}
