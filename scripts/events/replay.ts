/** `npm run events -- replay`: sends events that Stripe still has through their consumers (again). */

import { getItem } from "../../lib/aws/dynamodb.ts";
import { awaitedEvents } from "../../lib/compiler/workflow/awaited-events.ts";
import { env } from "../../lib/env.ts";
import { enqueueEvent } from "../../lib/events/enqueue.ts";
import { isSubscribed } from "../../lib/events/event-queues.ts";
import { reopenEvent } from "../../lib/events/inbox.ts";
import { queueOfEvent } from "../../lib/events/route-event.ts";
import { present } from "../../lib/present.ts";
import { type ListedEvent, STRIPE_KEEPS_MS } from "../../lib/reconcile/list-events.ts";
import type { Verdict } from "../command-line/command.ts";
import { loadProject } from "../generate/load-project.ts";
import type { EventsAsked } from "./command.ts";
import { matches } from "./event-filter.ts";
import { filteredOf, nameOf, type Say } from "./shown.ts";
import { eventAtStripe, eventPages } from "./stripe-events.ts";

type ReplayAsked = Extract<EventsAsked, { action: "replay" }>;
type Fate = "queued" | "already done" | "without a consumer" | "not asked for" | "not at Stripe";

/** "nothing wrong" when Stripe has every event that was named. */
export async function replayEvents(asked: ReplayAsked, now: Date, say: Say): Promise<Verdict> {
  const counts = new Map<Fate, number>();
  const note = (fate: Fate) => counts.set(fate, (counts.get(fate) ?? 0) + 1);
  const wanted = { ...asked, isAskedFor: askedFor(asked), say };
  for (const eventId of asked.eventIds) {
    const event = await eventAtStripe(eventId);
    if (event !== undefined) note(await replay(event, wanted, now));
    else {
      say(`${eventId}: Stripe does not have it; Stripe keeps events for 30 days`);
      note("not at Stripe");
    }
  }
  if (asked.eventIds.length === 0) {
    for await (const event of filtered(asked, now)) note(await replay(event, wanted, now));
  }
  const summary = [...counts].map(
    ([fate, count]) => `${count} ${fate === "queued" && asked.dryRun ? "to queue" : fate}`,
  );
  say(summary.length === 0 ? "Stripe's list has no matching event." : `\n${summary.join(", ")}.`);
  return counts.has("not at Stripe") ? "something wrong" : "nothing wrong";
}

async function* filtered({ filter }: ReplayAsked, now: Date): AsyncGenerator<ListedEvent> {
  const since = filter.since ?? new Date(now.getTime() - STRIPE_KEEPS_MS);
  const range = {
    from: Math.floor(since.getTime() / 1000),
    until: Math.floor(now.getTime() / 1000),
    ...present({ type: filter.type }),
  };
  for await (const events of eventPages(range)) {
    yield* events.filter(({ queued }) => matches(filter, filteredOf(queued)));
  }
}

/** Which types are replayed although no event of them has arrived: those that Stripe is asked for, or that the operator names. */
function askedFor({ eventIds, filter }: ReplayAsked): (eventType: string) => boolean {
  if (eventIds.length > 0 || filter.type !== undefined) return () => true;
  const awaited = awaitedEvents(loadProject().workflows);
  return (eventType) => isSubscribed(eventType, awaited);
}

async function replay(
  { queued, body }: ListedEvent,
  {
    again,
    dryRun,
    isAskedFor,
    say,
  }: ReplayAsked & { readonly isAskedFor: (eventType: string) => boolean; readonly say: Say },
  now: Date,
): Promise<Fate> {
  const print = (what: string) => say(`${nameOf(queued)}: ${what}`);
  if (queueOfEvent(queued) === "unrouted") {
    print("its type has no consumer");
    return "without a consumer";
  }
  const eventId = queued.head.id;
  const state = (await getItem(env("STRIPE_EVENTS_TABLE"), { eventId }))?.state;
  if (state === undefined && !isAskedFor(queued.head.type)) {
    print("Stripe is not asked for its type; its id or --type applies it");
    return "not asked for";
  }
  if (state === "done" && !again) {
    print("already done; --again applies it again");
    return "already done";
  }
  if (!dryRun) {
    if (state === "done") await reopenEvent(eventId, now);
    await enqueueEvent(queued, body);
  }
  print(`${dryRun ? "would be queued" : "queued"} (was ${state ?? "missing"})`);
  return "queued";
}
