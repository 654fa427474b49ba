/** Notifies the application of a duplicate, once for each. */
import { env } from "../env.ts";
import { Problem } from "../errors.ts";
import type { EffectContext } from "../events/consume.ts";
import { objectState } from "../events/object-state.ts";
import type { AppliedEvent } from "../events/projection.ts";
import { isStripeObject } from "../events/stripe-event.ts";
import { abandonLease, finishLease, takeLease } from "../lease/lease.ts";
import { surroundingsOf } from "../notifications/application-ids.ts";
import { notificationOf } from "../notifications/notification.ts";
import { publishNotification } from "../notifications/publish-notification.ts";
import type { LiveSubscription } from "./live-subscriptions.ts";
import type { Refunded } from "./refund-first-invoice.ts";

const TYPE = "subscription.duplicated";
/** For so long a duplicate that stays is not reported again. */
const KEPT_SECONDS = 400 * 24 * 60 * 60;

/**
 * Publishes `subscription.duplicated`, unless it was published before. After a crash it can be published again, with the same id.
 * Throws SERVICE_UNAVAILABLE while another consumer publishes it.
 */
export async function publishDuplicate(
  { subscription, of }: { readonly subscription: LiveSubscription; readonly of: { readonly id: string } },
  refund: Partial<Refunded>,
  applied: AppliedEvent,
  context: EffectContext,
): Promise<void> {
  const { object } = subscription;
  if (!isStripeObject(object)) return;
  const take = await takeLease(
    {
      ...{ table: env("SUBSCRIPTION_CLAIMS_TABLE"), keyName: "claim", id: `duplicate#${object.id}` },
      isUnfinished: { expression: "attribute_not_exists(publishedAt)" },
    },
    { now: context.now(), leaseUntil: context.deadline },
    { expiresAt: Math.floor(context.now().getTime() / 1000) + KEPT_SECONDS },
  );
  if (take.kind === "refused") {
    if (take.found?.publishedAt !== undefined) return;
    throw new Problem("SERVICE_UNAVAILABLE", `Another consumer reports the duplicate ${object.id}`);
  }
  try {
    const current = objectState(object);
    // What the event changed belongs to the subscription that it is about, which can be the other one.
    const { previous: _others, ...head } = applied.event;
    const event = { ...head, id: `evt_duplicate_${object.id}`, object };
    const about: AppliedEvent = { event, told: current, current, isStale: false };
    const notification = notificationOf(about, TYPE, await surroundingsOf(about, context));
    await publishNotification({
      ...notification,
      object: { ...notification.object, duplicateOf: of.id, ...refund },
    });
    await finishLease(take.lease, { publishedAt: context.now().toISOString() });
  } catch (thrown) {
    await abandonLease(take.lease).catch(() => false);
    throw thrown;
  }
}
