/**
 * The application's own ids for the object of an event. Refunds, disputes and invoices seldom have metadata of their
 * own. So the metadata of the payment or subscription that they belong to, which the application wrote, is added.
 */
import { getItem } from "../aws/dynamodb.ts";
import { env } from "../env.ts";
import type { EffectContext } from "../events/consume.ts";
import { metadataIn, objectState } from "../events/object-state.ts";
import type { AppliedEvent } from "../events/projection.ts";
import { fetchObject } from "../events/resolve-event.ts";

type Metadata = Readonly<Record<string, string>>;

/** The merged metadata; the value nearest to the object wins. */
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

/** From the projection, or from Stripe if the object's own event has not arrived yet. */
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
