/** The mails that an event makes due, by what the application is notified of. Pure. */
import type { AppliedEvent } from "../events/projection.ts";
import { type NotificationType, notificationTypes } from "../notifications/notification.ts";
import { previousOf } from "../notifications/transitions.ts";
import type { AutomaticMail } from "./automatic-mails.ts";

export interface DueMail {
  readonly template: AutomaticMail;
  /** Names the object; the mail takes everything else from Stripe: see lib/email/mailed-object.ts. */
  readonly data: Readonly<Record<string, string>>;
  /** What the mail tells, once: another event that tells the same has the same key. */
  readonly key: string;
}

/** A subscription that becomes active later than this after its creation has been active before. */
const FIRST_ACTIVE_SECONDS = 2 * 24 * 60 * 60;

/** The mails about this event. */
export function dueMails(applied: AppliedEvent): readonly DueMail[] {
  const { event } = applied;
  if (event.type === "invoice.finalized")
    return isSentToPayer(applied) ? [mail("invoice", "invoiceId", event.object.id)] : [];
  return notificationTypes(applied).flatMap((type) => mailAbout(type, applied));
}

function mailAbout(type: NotificationType, applied: AppliedEvent): DueMail[] {
  const { event, current } = applied;
  const { id } = event.object;
  switch (type) {
    case "payment.succeeded":
      return [mail("receipt", "paymentIntentId", id)];
    case "invoice.paid":
      return [mail("receipt", "invoiceId", id)];
    case "refund.succeeded":
      return [mail("refund", "refundId", id)];
    case "subscription.activated":
      return isFirstTime(applied) ? [mail("subscription-started", "subscriptionId", id)] : [];
    case "subscription.trial_ending":
      return [mail("trial-ending", "subscriptionId", id, current.trialEnd)];
    case "subscription.changed":
      // Not the end of a trial or a pause: what is paid for.
      return previousOf(applied).items === undefined
        ? []
        : [mail("subscription-changed", "subscriptionId", id, event.id)];
    case "subscription.cancel_scheduled":
      return [
        mail("subscription-canceled", "subscriptionId", id, current.cancelAt ?? current.currentPeriodEnd),
      ];
    case "subscription.ended":
      // One that was never paid has not begun.
      return current.status === "canceled"
        ? [mail("subscription-canceled", "subscriptionId", id, "ended")]
        : [];
    default:
      return [];
  }
}

function mail(template: AutomaticMail, field: string, id: string, when?: string): DueMail {
  return {
    template,
    data: { [field]: id },
    key: [template, id, ...(when === undefined ? [] : [when])].join(":"),
  };
}

/** An invoice that is paid by a card on file needs no mail: its payment makes the receipt due. */
const isSentToPayer = ({ event }: AppliedEvent) => event.object.collection_method === "send_invoice";

function isFirstTime({ event, current }: AppliedEvent): boolean {
  const createdAt = new Date(current.createdAt ?? 0).getTime() / 1000;
  return event.created - createdAt <= FIRST_ACTIVE_SECONDS;
}
