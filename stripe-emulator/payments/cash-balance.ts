/** The money that a customer has sent by bank transfer, and the payments that are made from it. */
import type Stripe from "stripe";
import { invalidRequest } from "../protocol/errors.ts";
import { newId } from "../protocol/ids.ts";
import type { Context } from "../state/context.ts";
import { chargeIntent } from "./charge-intent.ts";
import { startWaiting } from "./waiting-methods.ts";

type Transaction = Stripe.CustomerCashBalanceTransaction;

/** What the customer has sent and not yet spent, in the smallest unit of each currency. */
export function cashBalanceOf({ store }: Pick<Context, "store">, customer: string): Stripe.CashBalance {
  const own = transactionsOf({ store }, customer);
  const byCurrency = Map.groupBy(own, ({ currency }) => currency);
  const amounts = [...byCurrency].map(([currency, items]): [string, number] => [currency, sumOf(items)]);
  return {
    object: "cash_balance",
    available: amounts.length === 0 ? null : Object.fromEntries(amounts),
    customer,
    customer_account: null,
    livemode: false,
    settings: { reconciliation_mode: "automatic", using_merchant_default: true },
  };
}

/** Oldest first. */
export function transactionsOf({ store }: Pick<Context, "store">, customer: string): Transaction[] {
  return store
    .all("customer_cash_balance_transaction")
    .filter((transaction) => transaction.customer === customer);
}

/**
 * A bank transfer has arrived. It pays the customer's waiting payments in its currency, the oldest first:
 * `payment_intent.succeeded`, or `payment_intent.partially_funded` for the one that it does not suffice for. What is left
 * stays: `cash_balance.funds_available`.
 */
export function fundCashBalance(
  context: Context,
  customer: string,
  { amount, currency, reference }: { amount: number; currency: string; reference: string | null },
): Transaction {
  const funded = record(context, customer, currency, amount, {
    type: "funded",
    funded: {
      bank_transfer: {
        ...{ reference, type: "us_bank_transfer" },
        us_bank_transfer: { network: "ach", sender_name: null },
      },
    },
  });
  for (const intent of context.store.all("payment_intent")) {
    const isWaiting =
      intent.status === "requires_action" &&
      intent.next_action?.type === "display_bank_transfer_instructions" &&
      intent.customer === customer &&
      intent.currency === currency;
    if (isWaiting && availableOf(context, customer, currency) > 0) continuePayment(context, intent);
  }
  if (availableOf(context, customer, currency) > 0) {
    context.emit("cash_balance.funds_available", cashBalanceOf(context, customer));
  }
  return funded;
}

/** Pays with what the customer has sent; for the rest the payment waits until more arrives. */
export function payFromCashBalance(
  context: Context,
  intent: Stripe.PaymentIntent,
  method: Stripe.PaymentMethod,
): Stripe.PaymentIntent {
  const { customer, currency } = intent;
  if (typeof customer !== "string") {
    throw invalidRequest(
      "A payment from the cash balance needs a customer. Pass the customer when you create the PaymentIntent.",
      "parameter_missing",
      "customer",
    );
  }
  const hasEnough = availableOf(context, customer, currency) >= remainingOf(context, intent);
  const ready = hasEnough ? intent : startWaiting(context, intent, method, "customer_balance");
  return availableOf(context, customer, currency) > 0 ? continuePayment(context, ready) : ready;
}

/** Returns what has been paid towards an intent that is canceled to the customer's cash balance. */
export function unapplyCashBalance(context: Context, intent: Stripe.PaymentIntent): void {
  const applied = intent.amount - remainingOf(context, intent);
  if (applied === 0 || typeof intent.customer !== "string") return;
  record(context, intent.customer, intent.currency, applied, {
    ...{ type: "unapplied_from_payment", unapplied_from_payment: { payment_intent: intent.id } },
  });
}

function continuePayment(context: Context, intent: Stripe.PaymentIntent): Stripe.PaymentIntent {
  const customer = String(intent.customer);
  const remaining = remainingOf(context, intent);
  const amount = Math.min(remaining, availableOf(context, customer, intent.currency));
  record(context, customer, intent.currency, -amount, {
    ...{ type: "applied_to_payment", applied_to_payment: { payment_intent: intent.id } },
  });
  const method = context.store.get("payment_method", String(intent.payment_method));
  if (amount === remaining) return chargeIntent(context, intent, method, { kind: "succeeds" }, false);
  const action = intent.next_action;
  const instructions = action?.display_bank_transfer_instructions;
  const partly = context.store.patch("payment_intent", intent, {
    next_action: action && {
      ...action,
      display_bank_transfer_instructions: {
        ...instructions,
        amount_remaining: remaining - amount,
        currency: intent.currency,
        hosted_instructions_url: instructions?.hosted_instructions_url ?? null,
        reference: instructions?.reference ?? null,
        type: instructions?.type ?? "us_bank_transfer",
      },
    },
  });
  context.emit("payment_intent.partially_funded", partly);
  return partly;
}

/** What the cash balance has not yet paid of an intent. */
function remainingOf({ store }: Context, intent: Stripe.PaymentIntent): number {
  const towards = store
    .all("customer_cash_balance_transaction")
    .filter(
      ({ applied_to_payment: applied, unapplied_from_payment: unapplied }) =>
        (applied ?? unapplied)?.payment_intent === intent.id,
    );
  return intent.amount + sumOf(towards);
}

function availableOf(context: Context, customer: string, currency: string): number {
  return sumOf(transactionsOf(context, customer).filter((one) => one.currency === currency));
}

function sumOf(transactions: readonly Transaction[]): number {
  return transactions.reduce((sum, { net_amount: net }) => sum + net, 0);
}

/** Books an amount on the cash balance: `customer_cash_balance_transaction.created`. */
function record(
  context: Context,
  customer: string,
  currency: string,
  net: number,
  cause: Pick<
    Transaction,
    "type" | "funded" | "applied_to_payment" | "unapplied_from_payment" | "refunded_from_payment"
  >,
): Transaction {
  const transaction = context.store.put("customer_cash_balance_transaction", {
    ...cause,
    id: newId("ccsbtxn"),
    object: "customer_cash_balance_transaction",
    created: context.clock.now(),
    currency,
    customer,
    customer_account: null,
    ending_balance: availableOf(context, customer, currency) + net,
    livemode: false,
    net_amount: net,
  });
  context.emit("customer_cash_balance_transaction.created", transaction);
  return transaction;
}
