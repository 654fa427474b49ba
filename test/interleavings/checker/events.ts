/** No event is lost: each has ended in the inbox, and the records are as at Stripe. */
import { fromAttributes } from "../../../lib/aws/attribute-values.ts";
import { type Fields, textOf } from "../../../lib/untrusted.ts";
import type { Delivered } from "../actors/webhooks.ts";
import type { World } from "../world/world.ts";
import type { Finding } from "./check.ts";
import type { StripeObjects } from "./stripe-objects.ts";

const wrong = (text: string): Finding => ({ invariant: "no event is lost", wrong: text });

export function eventFindings(world: World, events: readonly Delivered[], stripe: StripeObjects): Finding[] {
  const { dynamodb, queues } = world;
  const inbox = byKey(dynamodb.items("StripeEventsTable").map(fromAttributes), "eventId");
  const objects = byKey(dynamodb.items("StripeObjectsTable").map(fromAttributes), "objectId");
  return [
    ...events
      .filter(({ type }) => hasConsumer(type))
      .flatMap(({ id, type }) => {
        const state = textOf(inbox.get(id)?.state) ?? "missing";
        return state === "done" ? [] : [wrong(`${type} ${id} is ${state} in the inbox`)];
      }),
    ...stripe.paymentIntents.flatMap(({ id, status }) => {
      const recorded = objects.get(String(id))?.status;
      return recorded === status ? [] : [wrong(`${id} is ${status}, and recorded as ${recorded}`)];
    }),
    ...queues.left("waiting").map(({ id }) => wrong(`${id} is still in its queue`)),
    ...queues.left("dead").map(({ id }) => wrong(`${id} is in a dead-letter queue`)),
  ];
}

const byKey = (items: readonly Fields[], name: string) =>
  new Map(items.map((item) => [String(item[name]), item]));

/** The reconciler repairs only these. */
function hasConsumer(type: string): boolean {
  return /^(payment_intent|charge|refund|customer|invoice|credit_note|payment_method)\./.test(type);
}
