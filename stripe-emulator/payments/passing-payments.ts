/** What passing time does to payments: debits are decided, held money is released, pending refunds and payouts arrive. */
import type Stripe from "stripe";
import type { Context } from "../state/context.ts";
import { allOnClock } from "../state/test-clock.ts";
import { expireHold } from "./cancel-intent.ts";
import { HOLD_SECONDS } from "./charge-details.ts";
import { debitDueAt, decideDebit } from "./debit.ts";
import { legacyDebitArrives, legacyDebitDueAt } from "./legacy-charge.ts";
import { payoutArrives, payoutDueAt } from "./payout.ts";
import { refundDueAt, updateRefund } from "./refund.ts";

/** Brings all payments that have the context's clock up to its time. */
export function catchUpPayments(context: Context): void {
  const now = context.clock.now();
  const isDue = (time: number | undefined) => time !== undefined && time <= now;
  for (const intent of allOnClock(context, "payment_intent")) {
    if (isDue(debitDueAt(context, intent))) decideDebit(context, intent);
    if (isDue(holdEndsAt(context, intent))) expireHold(context, intent);
  }
  for (const charge of allOnClock(context, "charge")) {
    if (isDue(legacyDebitDueAt(charge))) legacyDebitArrives(context, charge);
  }
  for (const refund of allOnClock(context, "refund")) {
    if (isDue(refundDueAt(refund))) updateRefund(context, refund, { status: "succeeded" });
  }
  for (const payout of allOnClock(context, "payout")) {
    if (isDue(payoutDueAt(payout))) payoutArrives(context, payout);
  }
}

/** The times at which something is due, in unix seconds and in no order. */
export function dueTimesOfPayments(context: Context): number[] {
  return [
    ...allOnClock(context, "payment_intent").flatMap((intent) => [
      debitDueAt(context, intent),
      holdEndsAt(context, intent),
    ]),
    ...allOnClock(context, "charge").map((charge) => legacyDebitDueAt(charge)),
    ...allOnClock(context, "refund").map((refund) => refundDueAt(refund)),
    ...allOnClock(context, "payout").map((payout) => payoutDueAt(payout)),
  ].filter((time) => time !== undefined);
}

function holdEndsAt({ store }: Context, intent: Stripe.PaymentIntent): number | undefined {
  if (intent.status !== "requires_capture") return undefined;
  const charge = store.find("charge", String(intent.latest_charge));
  return charge && charge.created + HOLD_SECONDS;
}
