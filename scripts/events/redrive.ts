/**
 * `npm run events -- redrive`: moves messages of the dead-letter queues back to the queues they come from. A message that
 * none of our functions has sent would be refused again. It is replaced by the event as Stripe has it.
 */
import { Problem } from "../../lib/errors.ts";
import { enqueueEvent, sendSigned } from "../../lib/events/enqueue.ts";
import type { EventsAsked } from "./command.ts";
import { type DeadLetter, visitDeadLetters } from "./dead-letters.ts";
import { matches } from "./event-filter.ts";
import { counted, filteredOf, nameOf } from "./shown.ts";
import { eventAtStripe } from "./stripe-events.ts";

type RedriveAsked = Extract<EventsAsked, { action: "redrive" }>;

/** The ends of a message. `left` and `foreign` messages stay in the dead-letter queue. */
type Fate = "moved" | "discarded" | "left" | "foreign";

export async function redriveDeadLetters(asked: RedriveAsked): Promise<void> {
  const { queues, filter, dryRun } = asked;
  const isFiltered = Object.keys(filter).length > 0;
  const counts: Record<Fate, number> = { moved: 0, discarded: 0, left: 0, foreign: 0 };
  const visit = async (letter: DeadLetter) => {
    const { queued } = letter;
    const isWanted = queued === undefined ? !isFiltered : matches(filter, filteredOf(queued));
    const fate = isWanted ? await redrive(letter, asked) : "left";
    counts[fate] += 1;
    return dryRun || fate === "left" || fate === "foreign" ? "keep" : "delete";
  };
  await Promise.all(queues.map((queue) => visitDeadLetters(queue, visit)));
  console.log(summaryOf(counts, dryRun));
}

async function redrive(letter: DeadLetter, { discard, dryRun }: RedriveAsked): Promise<Fate> {
  const { queue, queued, body, messageId, isOurs } = letter;
  const name = queued === undefined ? `message ${messageId}, no event,` : nameOf(queued);
  const say = (what: string) => console.log(`${name} ${what}`);
  if (isOurs) {
    say(`${dryRun ? "would go" : "goes"} back to ${queue}-events`);
    // The message is deleted only after this succeeded: a duplicate message is harmless, a lost one is not.
    if (!dryRun && (await sendSigned(queue, body)) === undefined)
      throw new Problem("CONFLICT", `SQS does not accept ${name}; it stays in the dead-letter queue`);
    return "moved";
  }
  const atStripe = queued === undefined ? undefined : await eventAtStripe(queued.head.id);
  if (atStripe !== undefined) {
    say(`has no valid MAC: ${dryRun ? "would be replaced" : "replaced"} by the event as Stripe has it`);
    if (!dryRun) await enqueueEvent(atStripe.queued, atStripe.body);
    return "moved";
  }
  const why = `has no valid MAC${queued === undefined ? "" : ", and Stripe does not have the event"}`;
  say(discard ? `${why}: ${dryRun ? "would be discarded" : "discarded"}` : `${why}: --discard deletes it`);
  return discard ? "discarded" : "foreign";
}

function summaryOf({ moved, discarded, left, foreign }: Record<Fate, number>, dryRun: boolean): string {
  const parts = [
    `${counted(moved, "message")} ${dryRun ? "to move" : "moved"}`,
    ...(discarded === 0 ? [] : [`${discarded} ${dryRun ? "to discard" : "discarded"}`]),
    ...(left + foreign === 0 ? [] : [`${left + foreign} left in the dead-letter queues`]),
  ];
  return `${moved + discarded + foreign === 0 ? "" : "\n"}${parts.join("; ")}.`;
}
