import type Stripe from "stripe";
import { newId } from "../protocol/ids.ts";
import type { Context } from "../state/context.ts";
import { balanceOf } from "./balance-transaction.ts";
import { disputeCharge } from "./dispute.ts";
import type { CardBehaviour } from "./test-cards.ts";

/** What a test card leads to once its money was taken: a dispute, a report of fraud, an available balance. */
export function afterPayment(context: Context, charge: Stripe.Charge, behaviour: CardBehaviour): void {
  switch (behaviour.kind) {
    case "bypasses_pending":
      context.emit("balance.available", balanceOf(context));
      return;
    case "disputed": {
      const { reason, isInquiry, times } = behaviour;
      // Several disputes share the amount: together they cannot take more than was paid.
      const share = Math.floor(charge.amount_captured / times);
      for (let count = 1; count <= times; count++) {
        const amount = count === times ? charge.amount_captured - share * (times - 1) : share;
        disputeCharge(context, context.store.get("charge", charge.id), { reason, isInquiry, amount });
      }
      return;
    }
    case "reported_as_fraud":
      reportFraud(context, charge);
      return;
    case "authenticates":
    case "declines":
    case "refund_fails":
    case "refund_pends":
    case "succeeds":
      return;
  }
}

/** The issuer reports the charge as fraud: `radar.early_fraud_warning.created`. */
function reportFraud(context: Context, charge: Stripe.Charge): void {
  const warning = context.store.put("radar.early_fraud_warning", {
    id: newId("issfr"),
    object: "radar.early_fraud_warning",
    actionable: true,
    charge: charge.id,
    created: context.clock.now(),
    fraud_type: "misc",
    livemode: false,
    ...(charge.payment_intent === null ? {} : { payment_intent: charge.payment_intent }),
  });
  context.emit("radar.early_fraud_warning.created", warning);
}
