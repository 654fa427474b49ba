/** The advice on an event. Pure. */
import { isLost } from "../../lib/events/inbox.ts";
import type { KnownEvent } from "./known-event.ts";

/** What to do next about the event. */
export function adviceOn(known: KnownEvent, now: Date): string {
  const state = known.item?.state;
  if (state === "done") return "It was applied. To apply it again: replay --again.";
  if (known.letters.length > 0)
    return "It could not be applied. The log lines webhook.applied of its message say why. After the fix: redrive.";
  if (state === "ignored") return adviceOnIgnored(known);
  if (!known.hasConsumer) return "Its type has no consumer.";
  if (state === undefined) return `It never reached a consumer: npm run events -- replay ${known.eventId}`;
  if (isLost(known.item, now)) return `It was lost: npm run events -- replay ${known.eventId}`;
  return "It is queued or being applied.";
}

function adviceOnIgnored({ eventId, item, hasConsumer }: KnownEvent): string {
  switch (item?.reason) {
    case "gone":
      return "Stripe rendered it in another API version than ours and no longer has its object. There is nothing to do.";
    case "other-account":
      return "It comes from a connected account, and only events of our own account are applied.";
    case "other-mode":
      return "It comes from Stripe's other mode (test or live). The webhook endpoint of that mode must not have this stage's URL.";
    case "no-object":
      return "It is not about an object with an id. There is nothing to do.";
    default:
      return hasConsumer
        ? `Its type had no consumer when it arrived: npm run events -- replay ${eventId}`
        : "Its type has no consumer.";
  }
}
