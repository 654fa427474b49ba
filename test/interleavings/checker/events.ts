/**
 * No event is lost: each is accepted only once it is stored, ends in the inbox, and is notified; and the records are as at Stripe. And
 * nothing comes of an event that is not Stripe's, or not for this stage.
 */
import { fromAttributes } from "../../../lib/aws/attribute-values.ts";
import { type Fields, textOf } from "../../../lib/untrusted.ts";
import type { History } from "../actors/history.ts";
import type { Delivered } from "../actors/webhooks.ts";
import type { World } from "../world/world.ts";
import { about, type Finding } from "./finding.ts";
import type { StripeObjects } from "./stripe-objects.ts";

const wrong = about("no event is lost");
const foreign = about("no foreign event is applied");

export function eventFindings(
  world: World,
  history: History,
  events: readonly Delivered[],
  stripe: StripeObjects,
): Finding[] {
  const { dynamodb, queues } = world;
  const inbox = byKey(dynamodb.items("StripeEventsTable").map(fromAttributes), "eventId");
  const objects = byKey(dynamodb.items("StripeObjectsTable").map(fromAttributes), "objectId");
  const isOurs = ({ body }: { readonly body: string }) =>
    !history.foreignEvents.some((id) => body.includes(id));
  return [
    ...acceptedFindings(world, history),
    ...events
      .filter(({ type }) => hasConsumer(type))
      .flatMap(({ id, type }) => {
        const state = textOf(inbox.get(id)?.state) ?? "missing";
        return state === "done" ? [] : [wrong(`${type} ${id} is ${state} in the inbox`)];
      }),
    ...recordFindings(stripe, objects),
    ...notificationFindings(world, events),
    ...queues.left("waiting").map(({ id }) => wrong(`${id} is still in its queue`)),
    ...queues
      .left("dead")
      .filter(isOurs)
      .map(({ id }) => wrong(`${id} is in a dead-letter queue`)),
    ...foreignFindings(world, history, inbox, objects),
  ];
}

const byKey = (items: readonly Fields[], name: string) =>
  new Map(items.map((item) => [String(item[name]), item]));

/** The types with a consumer of their own, as far as the clients of a world cause them. */
function hasConsumer(type: string): boolean {
  return (
    /^(payment_intent|charge|refund|customer|invoice)\./.test(type) &&
    // Stripe is not asked for what repeats other events.
    !/^(invoice\.(upcoming|will|created|payment_succeeded)|payment_intent\.created)/.test(type) &&
    !/^charge\.(captured|expired|failed|pending|succeeded|updated)/.test(type) &&
    !/^customer\.(tax|source|discount)/.test(type)
  );
}

/** Stripe does not send an event again that was accepted: by then, it must be in its queue. */
function acceptedFindings({ queues }: World, { accepted, foreignEvents }: History): Finding[] {
  return accepted
    .filter(({ eventId }) => !foreignEvents.includes(eventId))
    .flatMap(({ eventId, at }) =>
      queues.sent.some((message) => message.at <= at && message.body.includes(eventId))
        ? []
        : [wrong(`${eventId} was accepted before it was stored`)],
    );
}

function recordFindings(stripe: StripeObjects, objects: ReadonlyMap<string, Fields>): Finding[] {
  const all = [...stripe.paymentIntents, ...stripe.refunds, ...stripe.subscriptions, ...stripe.charges];
  return all.flatMap((object) => {
    const { id, status } = object;
    const recorded = objects.get(String(id))?.status;
    return recorded === status || (recorded === undefined && !isReported(object, stripe))
      ? []
      : [wrong(`${String(id)} is ${String(status)}, and recorded as ${String(recorded)}`)];
  });
}

/** Whether an event that Stripe is asked for reports the object: an untried payment, and a charge that is kept, have none. */
function isReported(
  { id, object, status, last_payment_error: failure }: Fields,
  { refunds }: StripeObjects,
): boolean {
  if (object === "charge") return refunds.some(({ charge }) => charge === id);
  const isUntried = status === "requires_payment_method" || status === "requires_confirmation";
  return object !== "payment_intent" || !isUntried || (failure !== null && failure !== undefined);
}

/** Events that the application is told of whatever has happened since. */
const TOLD: ReadonlyMap<string, string> = new Map([
  ["payment_intent.succeeded", "payment.succeeded"],
  ["payment_intent.canceled", "payment.canceled"],
  ["customer.subscription.deleted", "subscription.ended"],
]);

function notificationFindings({ topic, faults }: World, events: readonly Delivered[]): Finding[] {
  const told = Map.groupBy(topic.published, ({ notification }) => String(notification.id));
  return [
    ...events.flatMap(({ id, type }) => {
      const expected = TOLD.get(type);
      if (expected === undefined) return [];
      const types = (told.get(id) ?? []).map(({ notification }) => notification.type);
      return types.includes(expected) ? [] : [wrong(`${type} ${id} was not notified as ${expected}`)];
    }),
    // A notification can come twice after a failure, and for no other reason.
    ...[...told].flatMap(([id, copies]) =>
      copies.length > 1 && faults.count === 0
        ? [about("one effect per key")(`${id} was notified ${copies.length} times although nothing failed`)]
        : [],
    ),
  ];
}

function foreignFindings(
  { topic }: World,
  { foreignEvents }: History,
  inbox: ReadonlyMap<string, Fields>,
  objects: ReadonlyMap<string, Fields>,
): Finding[] {
  return foreignEvents.flatMap((id) => [
    ...(inbox.get(id)?.state === "done" ? [foreign(`${id} is done in the inbox`)] : []),
    ...(objects.has(`pi_${id}`) ? [foreign(`The object of ${id} was recorded`)] : []),
    ...(topic.published.some(({ notification }) => notification.id === id)
      ? [foreign(`${id} was notified`)]
      : []),
  ]);
}
