import type Stripe from "stripe";
import { periodEndOf } from "../billing/subscription-item.ts";
import { previewInvoice } from "../resources/invoice-preview.ts";
import type { Context } from "../state/context.ts";
import { allOnClock } from "../state/test-clock.ts";

const NOTICE_SECONDS = 3 * 24 * 60 * 60;
const RENEWED: ReadonlySet<string> = new Set(["active", "past_due", "trialing"]);

/** Once for each period, three days before it begins: `invoice.upcoming`, with a preview of its invoice. */
export function announceInvoices(context: Context): void {
  const now = context.clock.now();
  for (const subscription of allOnClock(context, "subscription")) {
    const end = periodEndOf(subscription);
    if (noticeOf(subscription) === undefined || end - NOTICE_SECONDS > now || end <= now) continue;
    if (context.store.announcedInvoices.get(subscription.id) === end) continue;
    context.store.announcedInvoices.set(subscription.id, end);
    context.emit("invoice.upcoming", previewInvoice(context, { subscription: subscription.id }));
  }
}

/** The times in unix seconds at which invoices are announced. */
export function noticeTimes(context: Context): number[] {
  return allOnClock(context, "subscription").flatMap((subscription) => noticeOf(subscription) ?? []);
}

/** Undefined for a subscription that is not renewed, or whose periods are too short to be announced. */
function noticeOf(subscription: Stripe.Subscription): number | undefined {
  const { status, cancel_at: cancelAt, items } = subscription;
  const end = periodEndOf(subscription);
  const start = Math.max(...items.data.map((item) => item.current_period_start));
  const ends = cancelAt !== null && cancelAt <= end;
  return RENEWED.has(status) && !ends && start < end - NOTICE_SECONDS ? end - NOTICE_SECONDS : undefined;
}
