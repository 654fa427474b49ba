import { CONSUMED_QUEUES, type ConsumedQueue } from "../../../../lib/events/event-queues.ts";
import type { Entry } from "../../journal/entry.ts";
import { countDeadLetters } from "../count-dead-letters.ts";
import { counted, type Detector, evidenceOf } from "../finding.ts";

/** Over as soon as the dead-letter queue is empty. */
export const poisonedEvents: Detector = {
  looksFor: "messages that were given up",
  detect: async ({ recent, now }) => {
    const counts = await Promise.all(
      CONSUMED_QUEUES.map(async (queue) => ({ queue, count: await countDeadLetters(queue) })),
    );
    return counts
      .filter(({ count }) => count > 0)
      .map(({ queue, count }) => {
        const failures = recent.filter((entry) => isFailureOf(queue, entry));
        const latest = failures.find(({ code }) => code !== undefined);
        return {
          id: `poisoned-events:${queue}`,
          title: `${counted(count, "message")} of the queue ${queue} could not be handled and waits to be sent again`,
          cause:
            latest === undefined
              ? "Each was tried five times. The log of the last day does not say why: the messages are older."
              : `Each was tried five times. The last try failed with ${latest.code}${latest.detail === undefined ? "" : `: ${latest.detail}`}, in "${latest.title}".`,
          ...evidenceOf(failures),
          ...(failures.length === 0 ? { since: now.getTime() } : {}),
          repairs: [
            { does: "Look at the messages", command: "npm run events -- list --dead" },
            {
              does: "Remove the cause, then send them again",
              command: `npm run events -- redrive ${queue}`,
            },
          ],
        };
      });
  },
};

const isFailureOf = (queue: ConsumedQueue, { functionName, outcome }: Entry) =>
  functionName === `on-${queue}-event` && outcome !== "succeeded" && outcome !== "replayed";
