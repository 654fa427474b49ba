/** Stripe's own list of events, page by page, newest first. https://docs.stripe.com/api/events/list */

import { Problem } from "../errors.ts";
import { type QueuedEvent, readQueuedEvent } from "../events/stripe-event.ts";
import { present } from "../present.ts";
import { readStripe, type StripeCall } from "../stripe/stripe-client.ts";

/** Stripe does not list older events. */
export const STRIPE_KEEPS_MS = 30 * 24 * 60 * 60 * 1000;

export interface EventRange {
  /** Unix seconds, both included. */
  readonly from: number;
  readonly until: number;
  /** Only events that Stripe has not delivered to every endpoint. */
  readonly undelivered?: boolean;
  /** Only events of this type. */
  readonly type?: string;
}

export interface ListedEvent {
  readonly queued: QueuedEvent;
  /** The event's JSON, as the webhook would have received it. */
  readonly body: string;
}

export interface EventPage {
  readonly events: readonly ListedEvent[];
  /** The `after` of the next page; left out if this is the last. */
  readonly next?: string;
}

export type ListEvents = (range: EventRange, after: string | undefined) => Promise<EventPage>;

/** Stripe's limit for one page. */
const PAGE_SIZE = 100;
/** The longest that one page can take, so that a stalled response does not use up the time of the whole run. */
const PAGE_MS = 20_000;

/** Reads pages until `deadline` (Unix milliseconds). Throws the problems of `readStripe`. */
export function eventLister(call: StripeCall, pageSize = PAGE_SIZE): ListEvents {
  return async ({ from, until, undelivered, type }, after) => {
    const deadline = Math.min(call.deadline, call.now().getTime() + PAGE_MS);
    const answer = await readStripe(
      "/v1/events",
      { ...call, deadline },
      {
        limit: pageSize,
        "created[gte]": from,
        "created[lte]": until,
        ...(undelivered === true ? { delivery_success: false } : {}),
        ...present({ type, starting_after: after }),
      },
    );
    return pageIn(answer);
  };
}

function pageIn(answer: Readonly<Record<string, unknown>> | undefined): EventPage {
  const { data, has_more: hasMore } = answer ?? {};
  if (!Array.isArray(data)) throw new Problem("BAD_GATEWAY", "Stripe did not return a list of events");
  const events = data.flatMap((event): ListedEvent[] => {
    const body = JSON.stringify(event);
    const queued = readQueuedEvent(body);
    return queued === undefined ? [] : [{ queued, body }];
  });
  const last: unknown = data.at(-1)?.id;
  return hasMore === true && typeof last === "string" ? { events, next: last } : { events };
}
