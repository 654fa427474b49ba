/** `npm run events -- redrive`: moves messages of the dead-letter queues back to the queues they come from. */

import { sendToQueue } from "../../lib/aws/sqs.ts";
import { env } from "../../lib/env.ts";
import { Problem } from "../../lib/errors.ts";
import { queueUrlVariable } from "../../lib/events/event-queues.ts";
import type { EventsAsked } from "./command.ts";
import { type DeadLetter, visitDeadLetters } from "./dead-letters.ts";
import { matches } from "./event-filter.ts";
import { counted, filteredOf, nameOf } from "./shown.ts";

type RedriveAsked = Extract<EventsAsked, { action: "redrive" }>;

export async function redriveDeadLetters({ queues, filter, dryRun }: RedriveAsked): Promise<void> {
  const isFiltered = Object.keys(filter).length > 0;
  let moved = 0;
  let left = 0;
  const visit = async ({ queue, queued, body, messageId }: DeadLetter) => {
    const isWanted = queued === undefined ? !isFiltered : matches(filter, filteredOf(queued));
    if (!isWanted) {
      left += 1;
      return "keep";
    }
    moved += 1;
    const name = queued === undefined ? `message ${messageId}, no event,` : nameOf(queued);
    console.log(`${name} ${dryRun ? "would go" : "goes"} back to ${queue}-events`);
    if (dryRun) return "keep";
    // The message is deleted only after this succeeded: a duplicate message is harmless, a lost one is not.
    const sent = await sendToQueue(env(queueUrlVariable(queue)), body);
    if (sent === undefined)
      throw new Problem("CONFLICT", `SQS does not accept ${name}; it stays in the dead-letter queue`);
    return "delete";
  };
  await Promise.all(queues.map((queue) => visitDeadLetters(queue, visit)));
  const rest = left === 0 ? "" : `; ${left} left in the dead-letter queues`;
  console.log(
    `${moved === 0 ? "" : "\n"}${counted(moved, "message")} ${dryRun ? "to move" : "moved"}${rest}.`,
  );
}
