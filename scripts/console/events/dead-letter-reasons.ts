/**
 * Why a message is in a dead-letter queue. The consumer copies the message there, so the copy has another id: it is found by its event,
 * or by the line in which the consumer says that it has set the message aside at that moment. Pure.
 */
import type { ConsumedQueue } from "../../../lib/events/event-queues.ts";
import { present } from "../../../lib/present.ts";
import { numberOf, textOf } from "../../../lib/untrusted.ts";
import type { EventLine } from "./event-log.ts";

/** What the message itself shows. */
export interface LetterFacts {
  readonly queue: ConsumedQueue;
  readonly messageId: string;
  /** Unix milliseconds: when it came into the dead-letter queue. */
  readonly sentAt: number;
  readonly sender: "us" | "SES" | "unknown";
  readonly hasMac: boolean;
  readonly content: "event" | "report" | "notification" | "other JSON" | "not JSON";
  readonly eventId?: string;
}

export interface Reason {
  /** In plain words. */
  readonly why: string;
  readonly whatToDo: string;
  /** The code and the cause of the last failure, as the consumer logged them. */
  readonly code?: string;
  readonly cause?: string;
  /** How often it was delivered. */
  readonly tries?: number;
  /** Unix milliseconds. */
  readonly firstFailedAt?: number;
  /** Whether a redrive as it is would only fail again. */
  readonly isForeign: boolean;
}

const FAILURES: ReadonlySet<unknown> = new Set([
  ...[
    "queue.message-failed",
    "queue.message-distrusted",
    "usage.refused",
    "notification.delivery",
    "mail.undelivered",
  ],
  "webhook.applied",
]);
const SET_ASIDE = "queue.message-set-aside";
/** Between the copy into the dead-letter queue and the line about it, with clocks that differ. */
const NEAR_MS = 10_000;

/** By message id of the letters. `lines`: oldest first. */
export function reasonsOf(
  letters: readonly LetterFacts[],
  lines: readonly EventLine[],
): ReadonlyMap<string, Reason> {
  const setAside = lines.filter(({ fields }) => fields.event === SET_ASIDE);
  const failures = lines.filter(isFailure);
  const taken = new Set<EventLine>();
  return new Map(
    letters.map((letter) => {
      const copied = copyOf(letter, setAside, taken);
      if (copied !== undefined) taken.add(copied);
      const originalId = copied?.fields.requestId ?? letter.messageId;
      const byId = failures.filter(({ fields }) => fields.requestId === originalId);
      const own =
        byId.length > 0 || letter.eventId === undefined
          ? byId
          : failures.filter(
              ({ fields, at }) => fields.eventId === letter.eventId && at <= letter.sentAt + NEAR_MS,
            );
      return [letter.messageId, reasonOf(letter, own, copied)];
    }),
  );
}

function isFailure({ fields: { event, outcome, level } }: EventLine): boolean {
  return FAILURES.has(event) && (outcome === "failed" || outcome === "rejected" || level === "error");
}

function copyOf(
  { queue, sentAt, eventId }: LetterFacts,
  setAside: readonly EventLine[],
  taken: ReadonlySet<EventLine>,
): EventLine | undefined {
  const distance = ({ at }: EventLine) => Math.abs(at - sentAt);
  return setAside
    .filter(
      (line) =>
        !taken.has(line) &&
        line.queue === queue &&
        distance(line) <= NEAR_MS &&
        (eventId === undefined || line.fields.eventId === undefined || line.fields.eventId === eventId),
    )
    .toSorted((a, b) => distance(a) - distance(b))[0];
}

function reasonOf(
  letter: LetterFacts,
  failures: readonly EventLine[],
  copied: EventLine | undefined,
): Reason {
  const last = failures.at(-1)?.fields;
  const code = textOf(last?.code);
  const cause = textOf(last?.cause)?.split("\n")[0];
  const tries = numberOf(copied?.fields.receiveCount) ?? numberOf(last?.receiveCount);
  return {
    ...(fromItself(letter) ?? fromLog(letter.queue, code, textOf(last?.reason), textOf(last?.alarm))),
    ...present({ code, cause, tries, firstFailedAt: failures[0]?.at }),
  };
}

type Words = Pick<Reason, "why" | "whatToDo" | "isForeign">;

/** What no consumer can change: the message is not one of ours. */
function fromItself({ queue, sender, hasMac, content }: LetterFacts): Words | undefined {
  if (sender !== "unknown") return undefined;
  const isForeign = true;
  if (queue === "mail")
    return { why: "It is not a report of SES about a mail.", whatToDo: "Discard it.", isForeign };
  const who = hasMac
    ? "Its MAC does not match: none of the present APP_SECRETs has signed this body."
    : "It has no MAC: no function of this stage has sent it.";
  const form =
    content === "not JSON"
      ? " It is not even JSON."
      : content === "other JSON"
        ? " It contains no event."
        : "";
  const whatToDo =
    content === "event"
      ? "A redrive replaces it by the event as Stripe has it. If Stripe does not have it, it was invented: discard it. After a rotation of APP_SECRET in the wrong order, put the previous secret back first."
      : "Find out who can send to this queue, then discard it. After a rotation of APP_SECRET in the wrong order, put the previous secret back first.";
  return { why: `${who}${form}`, whatToDo, isForeign };
}

/** Codes of failures that end by themselves or by a repair elsewhere. */
const OUTAGES: ReadonlySet<string> = new Set([
  "SERVICE_UNAVAILABLE",
  "BAD_GATEWAY",
  "TIMEOUT",
  "RATE_LIMITED",
]);

function fromLog(
  queue: ConsumedQueue,
  code: string | undefined,
  reason: string | undefined,
  alarm: string | undefined,
): Words {
  const words = (why: string, whatToDo: string): Words => ({ why, whatToDo, isForeign: false });
  if (alarm !== undefined)
    return words(
      `Our set-up is wrong (${alarm}): Stripe or SES refuses us.`,
      "docs/logs.md says what each alarm means. Correct it, then redrive.",
    );
  if (queue === "usage" && reason !== undefined)
    return words(
      `Stripe refuses the usage: ${reason}.`,
      "Correct what is wrong at Stripe, such as a meter that does not exist, then redrive. Usage older than 35 days cannot be charged.",
    );
  if (queue === "delivery")
    return words(
      "The application's endpoint has not accepted the notification for three days.",
      "Repair the endpoint, then redrive.",
    );
  if (code === undefined)
    return words(
      "The log does not say why: it may be older than the log is kept, or the message killed its function.",
      "Redrive it, and look at what its consumer logs.",
    );
  if (code === "NOT_FOUND")
    return words(
      "Stripe no longer has what the event refers to.",
      "Look at the event at Stripe. If it is gone for good, nothing can be applied.",
    );
  if (code === "BAD_REQUEST")
    return words(
      "The message is not one that its consumer can read.",
      "Look at its content, then discard or redrive it.",
    );
  if (code === "VALIDATION_FAILED")
    return words(
      "Stripe refuses what the consumer asks of it, each time.",
      "The log lines of its requests (req_…) show in Stripe's dashboard what was refused. Correct that, then redrive.",
    );
  if (OUTAGES.has(code))
    return words(
      "A service that the consumer needs did not respond, again and again.",
      "When the service responds again, redrive.",
    );
  return words(
    "Its consumer fails on it each time: a mistake in our code.",
    "Correct the mistake, deploy, then redrive.",
  );
}
