/** Stripe for the commands: every request has its own deadline. */
import { Problem } from "../../lib/errors.ts";
import { eventPath } from "../../lib/events/object-paths.ts";
import type { ReadStripe } from "../../lib/events/resolve-event.ts";
import { readQueuedEvent } from "../../lib/events/stripe-event.ts";
import { type EventRange, eventLister, type ListedEvent } from "../../lib/reconcile/list-events.ts";
import { readStripe } from "../../lib/stripe/stripe-client.ts";
import { showProgress } from "../progress-line.ts";
import { counted } from "./shown.ts";

const QUESTION_MS = 20_000;
const call = () => ({
  deadline: Date.now() + QUESTION_MS,
  now: () => new Date(),
  noteVendorRequest: () => {},
});

export const readNow: ReadStripe = (path, query) => readStripe(path, call(), query);

export interface EventAtStripe extends ListedEvent {
  /** The number of endpoints that have not accepted the event yet. */
  readonly pendingWebhooks: number;
}

/** The event as the webhook would have received it; undefined when Stripe does not have it. */
export async function eventAtStripe(id: string): Promise<EventAtStripe | undefined> {
  const path = eventPath(id);
  const answer = path === undefined ? undefined : await readNow(path);
  if (answer === undefined) return undefined;
  const body = JSON.stringify(answer);
  const queued = readQueuedEvent(body);
  if (queued === undefined) throw new Problem("BAD_GATEWAY", `Stripe did not return an event for ${id}`);
  return { queued, body, pendingWebhooks: Number(answer.pending_webhooks) };
}

/** Every event of Stripe's list in the range, newest first, page by page. */
export async function* eventPages(range: EventRange): AsyncGenerator<readonly ListedEvent[]> {
  let after: string | undefined;
  let read = 0;
  do {
    showProgress(`${counted(read, "event")} read ...`);
    const page = await eventLister(call())(range, after);
    showProgress("");
    read += page.events.length;
    yield page.events;
    after = page.next;
  } while (after !== undefined);
}
