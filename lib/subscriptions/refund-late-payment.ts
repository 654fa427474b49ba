/**
 * Refunds the first payment of a duplicate that was canceled while the bank was still processing it, such as a direct debit. The
 * event of the end finds no payment then, so the event of the payment refunds.
 */
import { getItem } from "../aws/dynamodb.ts";
import { env } from "../env.ts";
import type { Effect } from "../events/consume.ts";
import { recordedIn } from "../events/recorded.ts";
import { fetchObject } from "../events/resolve-event.ts";
import { duplicateOf } from "./duplicate-comment.ts";
import { refundFirstInvoice } from "./refund-first-invoice.ts";

/** For the events of invoices. Safe to repeat. */
export const refundLatePayment: Effect = async ({ event, current }, context) => {
  const { subscriptionId } = current;
  const isFirst = event.type === "invoice.paid" && event.object.billing_reason === "subscription_create";
  if (!isFirst || subscriptionId === undefined || !(await canHaveEnded(subscriptionId))) return;
  const subscription = await fetchObject("subscription", subscriptionId, context.read);
  if (duplicateOf(subscription) !== undefined) await refundFirstInvoice(subscriptionId, context);
};

/** Most have not, and Stripe need not be asked. If the end is recorded after this, its own event finds the payment. */
async function canHaveEnded(subscriptionId: string): Promise<boolean> {
  const item = await getItem(env("STRIPE_OBJECTS_TABLE"), { objectId: subscriptionId });
  return item === undefined || (await recordedIn(item)).state.final;
}
