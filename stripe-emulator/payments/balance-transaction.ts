import type Stripe from "stripe";
import { newId } from "../protocol/ids.ts";
import type { Context } from "../state/context.ts";

/** What an amount is booked as. */
type Booking = "adjustment" | "charge" | "payout" | "payout_cancel" | "refund" | "refund_failure";

const CATEGORIES: Readonly<Record<Booking, string>> = {
  adjustment: "dispute",
  charge: "charge",
  payout: "payout",
  payout_cancel: "payout_reversal",
  refund: "refund",
  refund_failure: "refund_failure",
};

/**
 * Books an amount on the account's balance, in the smallest unit; negative when money leaves it. `fee` is what Stripe keeps;
 * negative when Stripe returns it.
 */
export function storeBalanceTransaction(
  context: Context,
  source: { id: string; currency: string },
  amount: number,
  fee: number,
  type: Booking,
  category = CATEGORIES[type],
): Stripe.BalanceTransaction {
  const { currency } = source;
  const created = context.clock.now();
  const feeDetail = {
    amount: fee,
    application: null,
    currency,
    description: type === "adjustment" ? "Dispute fee" : "Stripe processing fees",
    type: "stripe_fee",
  };
  return context.store.put("balance_transaction", {
    id: newId("txn"),
    object: "balance_transaction",
    amount,
    available_on: created,
    balance_type: "payments",
    created,
    currency,
    description: null,
    exchange_rate: null,
    fee,
    fee_details: fee === 0 ? [] : [feeDetail],
    net: amount - fee,
    reporting_category: category,
    source: source.id,
    status: "available",
    type,
  });
}

/** The balance of the account, by currency. Everything that is booked is available at once. */
export function balanceOf({ store }: Pick<Context, "store">): Stripe.Balance {
  const byCurrency = Map.groupBy(store.all("balance_transaction"), (transaction) => transaction.currency);
  const available = [...byCurrency].map(([currency, transactions]) => {
    const amount = transactions.reduce((sum, transaction) => sum + transaction.net, 0);
    return { amount, currency, source_types: { card: amount } };
  });
  const pending = available.map(({ currency }) => ({ amount: 0, currency, source_types: { card: 0 } }));
  return { object: "balance", available, livemode: false, pending };
}
