/**
 * `npm run events -- redrive`: moves messages of the dead-letter queues back to the queues they come from. A message that
 * neither our functions nor SES have sent would be refused again. It is replaced by the event as Stripe has it.
 */
import { sendToQueue } from "../../lib/aws/sqs.ts";
import { env } from "../../lib/env.ts";
import { Problem } from "../../lib/errors.ts";
import { enqueueEvent, sendSigned } from "../../lib/events/enqueue.ts";
import { queueUrlVariable } from "../../lib/events/event-queues.ts";
import { singleWord } from "../../lib/scrub.ts";
import type { EventsAsked } from "./command.ts";
import { type DeadLetter, isWanted, visitDeadLetters } from "./dead-letters.ts";
import { counted, nameOf, nameOfReport, type Say } from "./shown.ts";
import { eventAtStripe } from "./stripe-events.ts";

type RedriveAsked = Extract<EventsAsked, { action: "redrive" }>;

/** The ends of a message. `left` and `foreign` messages stay in the dead-letter queue. */
type Fate = "moved" | "discarded" | "left" | "foreign";

/** Tells `say` the end of each message, and how many there were. */
export async function redriveDeadLetters(asked: RedriveAsked, say: Say): Promise<void> {
  const { queues, filter, dryRun } = asked;
  const counts: Record<Fate, number> = { moved: 0, discarded: 0, left: 0, foreign: 0 };
  const visit = async (letter: DeadLetter) => {
    const fate = isWanted(letter, filter) ? await redrive(letter, asked, say) : "left";
    counts[fate] += 1;
    return dryRun || fate === "left" || fate === "foreign" ? "keep" : "delete";
  };
  await Promise.all(queues.map((queue) => visitDeadLetters(queue, visit)));
  say(summaryOf(counts, dryRun));
}

async function redrive(letter: DeadLetter, { discard, dryRun }: RedriveAsked, tell: Say): Promise<Fate> {
  const { queue, queued, sender } = letter;
  const name = nameOfLetter(letter);
  const say = (what: string) => tell(`${name} ${what}`);
  if (sender !== "unknown") {
    say(`${dryRun ? "would go" : "goes"} back to ${queue}-events`);
    // The message is deleted only after this succeeded: a duplicate message is harmless, a lost one is not.
    if (!dryRun && (await sentBack(letter)) === undefined)
      throw new Problem("CONFLICT", `SQS does not accept ${name}; it stays in the dead-letter queue`);
    return "moved";
  }
  const atStripe = queued === undefined ? undefined : await eventAtStripe(queued.head.id);
  if (atStripe !== undefined) {
    say(`has no valid MAC: ${dryRun ? "would be replaced" : "replaced"} by the event as Stripe has it`);
    if (!dryRun) await enqueueEvent(atStripe.queued, atStripe.body);
    return "moved";
  }
  const why = whyForeign(letter);
  say(discard ? `${why}: ${dryRun ? "would be discarded" : "discarded"}` : `${why}: --discard deletes it`);
  return discard ? "discarded" : "foreign";
}

/** Returns the id of the new message; undefined if SQS does not accept it. */
function sentBack({ queue, body, attributes }: DeadLetter): Promise<string | undefined> {
  // What SES reports has no MAC: its queue accepts messages of SES's topic only, and of this account's operators.
  if (queue === "mail") return sendToQueue(env(queueUrlVariable(queue)), body, attributes);
  return sendSigned(queue, body);
}

/** What a person calls the message. Its body can contain anything, so only single words of it are shown. */
export function nameOfLetter({ queue, queued, report, notificationId, messageId }: DeadLetter): string {
  if (notificationId !== undefined) return `notification ${singleWord(notificationId)}`;
  if (queued !== undefined) return nameOf(queued);
  if (report !== undefined) return nameOfReport(report);
  return `message ${messageId}, no ${queue === "mail" ? "report of SES" : "event"},`;
}

function whyForeign({ queue, queued }: DeadLetter): string {
  if (queue === "mail") return "would be refused again";
  if (queue === "notification" || queue === "delivery") return "has no valid MAC";
  return `has no valid MAC${queued === undefined ? "" : ", and Stripe does not have the event"}`;
}

function summaryOf({ moved, discarded, left, foreign }: Record<Fate, number>, dryRun: boolean): string {
  const parts = [
    `${counted(moved, "message")} ${dryRun ? "to move" : "moved"}`,
    ...(discarded === 0 ? [] : [`${discarded} ${dryRun ? "to discard" : "discarded"}`]),
    ...(left + foreign === 0 ? [] : [`${left + foreign} left in the dead-letter queues`]),
  ];
  return `${moved + discarded + foreign === 0 ? "" : "\n"}${parts.join("; ")}.`;
}
