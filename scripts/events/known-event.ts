/** Gathers everything that is known about one event: at Stripe, in the inbox, in the dead-letter queues and in the audit log. */
import type { AuditEntry } from "../../lib/audit/audit-entry.ts";
import { findEntries } from "../../lib/audit/query.ts";
import { getItem, type Item } from "../../lib/aws/dynamodb.ts";
import { env } from "../../lib/env.ts";
import { asProblem, Problem } from "../../lib/errors.ts";
import { EVENT_QUEUES, queueOf } from "../../lib/events/event-queues.ts";
import { queueOfEvent } from "../../lib/events/route-event.ts";
import { objectIdOf, type QueuedEvent } from "../../lib/events/stripe-event.ts";
import { present } from "../../lib/present.ts";
import { textOf } from "../../lib/untrusted.ts";
import { type DeadLetter, visitDeadLetters } from "./dead-letters.ts";
import { type EventAtStripe, eventAtStripe } from "./stripe-events.ts";

/** The most deliveries that are read: the newest ones. */
const ENTRIES = 100;

export interface KnownEvent {
  readonly eventId: string;
  readonly type: string;
  readonly hasConsumer: boolean;
  /** From Stripe, or else from a dead letter. */
  readonly queued?: QueuedEvent;
  readonly objectId?: string;
  readonly atStripe?: EventAtStripe;
  /** Why Stripe could not be asked. */
  readonly failure?: Problem;
  /** Of the inbox. */
  readonly item?: Item;
  /** The record of its object. */
  readonly object?: Item;
  readonly letters: readonly DeadLetter[];
  /** Its deliveries to consumers, newest first. */
  readonly deliveries: readonly AuditEntry[];
}

export interface LookOptions {
  /** Leaves out the dead letters of an event that was applied: to look into the queues takes seconds. */
  readonly isQuick?: boolean;
}

/**
 * Throws NOT_FOUND when neither this account nor Stripe has the event. When Stripe cannot be reached, returns the rest:
 * it can be needed most at that moment.
 */
export async function findKnownEvent(
  eventId: string,
  now: Date,
  { isQuick = false }: LookOptions = {},
): Promise<KnownEvent> {
  const item = await getItem(env("STRIPE_EVENTS_TABLE"), { eventId });
  const [asked, letters, audit] = await Promise.all([
    askStripe(eventId),
    isQuick && item?.state === "done" ? [] : deadLettersOf(eventId),
    findEntries(
      { object: eventId, from: new Date(0), to: new Date(now.getTime() + 1_000), limit: ENTRIES },
      now,
    ),
  ]);
  const { atStripe, failure } = asked;
  if (item === undefined && atStripe === undefined && letters.length === 0) {
    if (failure !== undefined) throw failure;
    throw new Problem(
      "NOT_FOUND",
      `Neither the inbox, nor a dead-letter queue, nor Stripe (which keeps events for 30 days) has ${eventId}`,
    );
  }
  const queued = atStripe?.queued ?? letters[0]?.queued;
  const type = queued?.head.type ?? String(item?.type);
  const objectId = (queued === undefined ? undefined : objectIdOf(queued)) ?? textOf(item?.objectId);
  const object =
    objectId === undefined ? undefined : await getItem(env("STRIPE_OBJECTS_TABLE"), { objectId });
  return {
    ...{ eventId, type, letters, deliveries: audit.entries },
    hasConsumer: (queued === undefined ? queueOf(type) : queueOfEvent(queued)) !== "unrouted",
    ...present({ queued, objectId, atStripe, failure, item, object }),
  };
}

async function askStripe(eventId: string): Promise<{ atStripe?: EventAtStripe; failure?: Problem }> {
  try {
    const atStripe = await eventAtStripe(eventId);
    return atStripe === undefined ? {} : { atStripe };
  } catch (thrown) {
    return { failure: asProblem(thrown) };
  }
}

async function deadLettersOf(eventId: string): Promise<DeadLetter[]> {
  const found: DeadLetter[] = [];
  const collect = async (letter: DeadLetter) => {
    if (letter.queued?.head.id === eventId) found.push(letter);
    return "keep" as const;
  };
  await Promise.all(EVENT_QUEUES.map((queue) => visitDeadLetters(queue, collect)));
  return found;
}
