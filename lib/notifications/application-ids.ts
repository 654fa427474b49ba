/**
 * The application's own ids for what an event is about. Refunds, disputes and invoices seldom carry metadata of their
 * own: theirs is beneath that of the payment or subscription they belong to, which is the one that the application
 * wrote.
 */
import { getItem } from "../aws/dynamodb.ts";
import { env } from "../env.ts";
import type { EffectContext } from "../events/consume.ts";
import { metadataIn, objectState } from "../events/object-state.ts";
import type { AppliedEvent } from "../events/projection.ts";
import { fetchObject } from "../events/resolve-event.ts";

type Metadata = Readonly<Record<string, string>>;

/** The merged metadata; what is nearest to the object wins. */
export async function applicationIds(
  { current }: AppliedEvent,
  context: Pick<EffectContext, "read">,
): Promise<Metadata> {
  const { paymentIntentId, subscriptionId, metadata } = current;
  const [ofPayment, ofSubscription] = await Promise.all([
    paymentIntentId === undefined ? {} : metadataOf("payment_intent", paymentIntentId, context),
    subscriptionId === undefined ? {} : metadataOf("subscription", subscriptionId, context),
  ]);
  return { ...ofSubscription, ...ofPayment, ...metadata };
}

/** From the projection, or from Stripe where the object's own event has not come yet. */
async function metadataOf(
  objectType: string,
  objectId: string,
  { read }: Pick<EffectContext, "read">,
): Promise<Metadata> {
  const item = await getItem(env("STRIPE_OBJECTS_TABLE"), { objectId });
  if (item !== undefined) return metadataIn(item.metadata) ?? {};
  const found = await fetchObject(objectType, objectId, read);
  return found === undefined ? {} : (objectState(found).metadata ?? {});
}
