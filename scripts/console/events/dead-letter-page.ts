/** The messages of the dead-letter queues, each with the reason. */
import { CONSUMED_QUEUES } from "../../../lib/events/event-queues.ts";
import { objectIdOf } from "../../../lib/events/stripe-event.ts";
import { present } from "../../../lib/present.ts";
import { singleWord } from "../../../lib/scrub.ts";
import { parseJson } from "../../../lib/untrusted.ts";
import { type DeadLetter, findDeadLetters } from "../../events/dead-letters.ts";
import { nameOfLetter } from "../../events/redrive.ts";
import type { ConsoleContext } from "../server/route.ts";
import { type LetterFacts, type Reason, reasonsOf } from "./dead-letter-reasons.ts";
import { FAILURES, readEventLog } from "./event-log.ts";
import { shownBody } from "./payload.ts";

export interface DeadLetterRow {
  readonly messageId: string;
  readonly queue: string;
  readonly name: string;
  readonly eventId?: string;
  readonly type?: string;
  readonly objectId?: string;
  /** UTC, ISO 8601: when it came into the dead-letter queue. */
  readonly sentAt: string;
  readonly reason: Reason;
  /** The start of the body, without secrets and persons. */
  readonly body: string;
}

export interface DeadLetterList {
  /** Oldest first. */
  readonly letters: readonly DeadLetterRow[];
  readonly queues: readonly { readonly queue: string; readonly count: number }[];
  /** Why the log could not be read, so that reasons are missing. */
  readonly logProblem?: string;
}

/** As long as a message stays in a dead-letter queue, with the days of an outage before. */
const KEPT_MS = 17 * 24 * 60 * 60 * 1000;
/** The log is asked for a day before the oldest message; a redelivery takes three days at most. */
const BEFORE_MS = 3 * 24 * 60 * 60 * 1000;

export async function deadLetterList({ target, now }: ConsoleContext): Promise<DeadLetterList> {
  const letters = await findDeadLetters();
  const at = Math.max((await now()).getTime(), Date.now());
  const oldest = letters[0]?.sentAt.getTime() ?? at;
  const range = { from: new Date(Math.max(oldest - BEFORE_MS, at - KEPT_MS)), to: new Date(at + 60_000) };
  let logProblem: string | undefined;
  const lines =
    letters.length === 0
      ? []
      : await readEventLog(target, range, FAILURES).catch((thrown: unknown) => {
          logProblem = thrown instanceof Error ? thrown.message : String(thrown);
          return [];
        });
  const reasons = reasonsOf(letters.map(factsOf), lines);
  return {
    letters: letters.flatMap((letter) => {
      const reason = reasons.get(letter.messageId);
      return reason === undefined ? [] : [rowOf(letter, reason)];
    }),
    queues: CONSUMED_QUEUES.map((queue) => ({
      queue,
      count: letters.filter((letter) => letter.queue === queue).length,
    })),
    ...present({ logProblem }),
  };
}

function factsOf({
  queue,
  messageId,
  sentAt,
  sender,
  attributes,
  queued,
  report,
  notificationId,
  body,
}: DeadLetter): LetterFacts {
  const isJson = parseJson(body) !== undefined;
  return {
    ...{ queue, messageId, sender },
    sentAt: sentAt.getTime(),
    hasMac: Object.hasOwn(attributes, "mac"),
    content:
      queued !== undefined
        ? "event"
        : report !== undefined
          ? "report"
          : notificationId !== undefined
            ? "notification"
            : isJson
              ? "other JSON"
              : "not JSON",
    ...present({ eventId: queued?.head.id }),
  };
}

function rowOf(letter: DeadLetter, reason: Reason): DeadLetterRow {
  const { messageId, queue, queued, sentAt, body } = letter;
  const objectId = queued === undefined ? undefined : objectIdOf(queued);
  return {
    ...{ messageId, queue, reason },
    name: nameOfLetter(letter).replace(/,$/, ""),
    sentAt: sentAt.toISOString(),
    body: shownBody(body),
    ...present({
      eventId: queued === undefined ? undefined : singleWord(queued.head.id),
      type: queued === undefined ? undefined : singleWord(queued.head.type),
      objectId: objectId === undefined ? undefined : singleWord(objectId),
    }),
  };
}
