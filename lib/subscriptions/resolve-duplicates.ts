/**
 * Notices second live subscriptions to one product that did not come by our call: by Checkout, the portal or the dashboard. A
 * subscription's event makes it look at all live subscriptions of the customer at Stripe, so the order of events does not matter.
 *
 * With DUPLICATE_SUBSCRIPTIONS=cancel, the duplicate is canceled with a comment that says so. Stripe reports the end with
 * an event of its own, which carries the comment; that event refunds too, so that neither a crash after the cancellation nor a
 * payment in the last moment leaves a payment behind. refund-late-payment.ts refunds a payment that succeeds after the end. Every step
 * is safe to repeat.
 */

import { Problem } from "../errors.ts";
import type { Effect, EffectContext } from "../events/consume.ts";
import type { AppliedEvent } from "../events/projection.ts";
import { fetchObject } from "../events/resolve-event.ts";
import type { StripeEvent } from "../events/stripe-event.ts";
import { present } from "../present.ts";
import { withStripe } from "../stripe/stripe-client.ts";
import { fieldsOf } from "../untrusted.ts";
import { duplicateComment, duplicateOf } from "./duplicate-comment.ts";
import { duplicateAction } from "./duplicate-setting.ts";
import { type Duplicate, duplicatesIn } from "./duplicates.ts";
import { hasEnded, liveSubscription, liveSubscriptions } from "./live-subscriptions.ts";
import { publishDuplicate } from "./publish-duplicate.ts";
import { refundFirstInvoice } from "./refund-first-invoice.ts";

/**
 * An older duplicate is only reported, whatever the setting says: its customer has paid for it more than once, and whoever
 * turns the setting on must not end subscriptions that everybody is used to.
 */
const MAX_AGE_SECONDS = 7 * 24 * 60 * 60;

export const resolveDuplicates: Effect = async (applied, context) => {
  const { event, current } = applied;
  const canceledFor = event.type === "customer.subscription.deleted" ? duplicateOf(event.object) : undefined;
  if (canceledFor !== undefined)
    return settle(
      { subscription: liveSubscription(fieldsOf(event.object)), of: { id: canceledFor } },
      applied,
      context,
    );
  if (current.final || current.customerId === undefined || !canMakeDuplicates(event)) return;
  const { customerId } = current;
  const live = await liveSubscriptions((after) =>
    context.read("/v1/subscriptions", {
      ...{ customer: customerId, limit: 100 },
      ...present({ starting_after: after }),
    }),
  );
  for (const duplicate of duplicatesIn(live)) await resolve(duplicate, applied, context);
};

/** Whether the event can be about a subscription that is live, or to this product, only since then. */
function canMakeDuplicates({ type, previous }: StripeEvent): boolean {
  if (type === "customer.subscription.created" || type === "customer.subscription.resumed") return true;
  if (type !== "customer.subscription.updated") return false;
  return previous === undefined || "status" in previous || "items" in previous;
}

async function resolve(duplicate: Duplicate, applied: AppliedEvent, context: EffectContext): Promise<void> {
  const { subscription, of } = duplicate;
  const age = context.now().getTime() / 1000 - subscription.created;
  if (duplicateAction() === "report" || age > MAX_AGE_SECONDS) {
    await publishDuplicate(duplicate, {}, applied, context);
    return;
  }
  const ended = await cancel(subscription.id, of.id, context);
  if (ended !== undefined)
    await settle({ subscription: liveSubscription(fieldsOf(ended)), of }, applied, context);
}

/** The canceled subscription; undefined if it has ended in another way in the meantime. */
async function cancel(id: string, staying: string, context: EffectContext): Promise<object | undefined> {
  const comment = duplicateComment(staying);
  const idempotencyKey = `duplicate:${id}:${staying}`;
  try {
    return await withStripe({ ...context, idempotencyKey }, {}, (stripe, options) =>
      stripe.subscriptions.cancel(
        id,
        { cancellation_details: { comment }, prorate: false, invoice_now: false },
        options,
      ),
    );
  } catch (thrown) {
    const isRefused = thrown instanceof Problem && !thrown.retryable && thrown.status < 500;
    const now = isRefused ? await fetchObject("subscription", id, context.read) : undefined;
    if (now !== undefined && hasEnded(liveSubscription(now).status)) return undefined;
    throw thrown;
  }
}

/** Refunds what was paid for a canceled duplicate, and reports it. */
async function settle(
  duplicate: Pick<Duplicate, "subscription"> & { readonly of: { readonly id: string } },
  applied: AppliedEvent,
  context: EffectContext,
): Promise<void> {
  const refund = await refundFirstInvoice(duplicate.subscription.id, context);
  await publishDuplicate(duplicate, refund ?? {}, applied, context);
}
