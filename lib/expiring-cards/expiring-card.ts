/** A card that is about to expire, and what happens then. */
import type { CallContext } from "../call-context.ts";
import { objectState } from "../events/object-state.ts";
import type { AppliedEvent } from "../events/projection.ts";
import type { ReadStripe } from "../events/resolve-event.ts";
import type { StripeObject } from "../events/stripe-event.ts";
import { surroundingsOf } from "../notifications/application-ids.ts";
import { type Notification, notificationOf } from "../notifications/notification.ts";
import { present } from "../present.ts";
import { fieldOf, textOf } from "../untrusted.ts";
import type { CardUse } from "./card-use.ts";

export interface ExpiringCard extends CardUse {
  readonly paymentMethodId: string;
  readonly customerId: string;
  /** Such as `visa`. */
  readonly brand?: string;
  readonly last4?: string;
  /** The last month in which it works, from 1 to 12. */
  readonly expMonth: number;
  readonly expYear: number;
  /** What the application is told. Its `id` is one for each card and month. */
  readonly notification: Notification;
}

export interface ExpiringCardContext extends CallContext {
  readonly read: ReadStripe;
}

/**
 * Something that happens once for each card and the month in which it expires. It must be safe to repeat: after a crash, or when a
 * later effect fails, it runs again with the same card.
 */
export type ExpiringCardEffect = (card: ExpiringCard, context: ExpiringCardContext) => Promise<void>;

const TYPE = "payment_method.expiring";

/** What is known of a card that expires. */
export interface FoundCard {
  /** As Stripe returns it. */
  readonly object: StripeObject;
  /** Its last month, such as `2027-04`. */
  readonly month: string;
  readonly customerId: string;
  readonly use: CardUse;
  /** The number of writes of its record. */
  readonly revision: number;
  readonly noticedAt: Date;
}

/** The card with its notification, for which the metadata of its customer is read. Throws the problems of `readStripe`. */
export async function expiringCard(
  { object, month, customerId, use, revision, noticedAt }: FoundCard,
  context: ExpiringCardContext,
): Promise<ExpiringCard> {
  const { id: paymentMethodId } = object;
  const [expYear = Number.NaN, expMonth = Number.NaN] = month.split("-").map(Number);
  const card = {
    ...present({
      brand: textOf(fieldOf(object.card, "brand")),
      last4: textOf(fieldOf(object.card, "last4")),
    }),
    expMonth,
    expYear,
    subscriptionIds: use.subscriptionIds,
  };
  const current = objectState(object);
  const event = {
    id: `evt_expiring_${paymentMethodId}_${month}`,
    type: TYPE,
    created: Math.floor(noticedAt.getTime() / 1000),
    livemode: object.livemode === true,
    object,
  };
  const applied: AppliedEvent = { event, told: current, current, isStale: false, revision };
  const notification = notificationOf(applied, TYPE, await surroundingsOf(applied, context));
  return {
    ...card,
    paymentMethodId,
    customerId,
    notification: { ...notification, object: { ...notification.object, ...card } },
  };
}
