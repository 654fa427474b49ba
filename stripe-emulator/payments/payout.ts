/** Payouts of the account's balance to its bank. https://docs.stripe.com/api/payouts */
import type Stripe from "stripe";
import { invalidRequest } from "../protocol/errors.ts";
import { newId } from "../protocol/ids.ts";
import type { Context } from "../state/context.ts";
import { previousAttributes } from "../state/emit-event.ts";
import { balanceOf, storeBalanceTransaction } from "./balance-transaction.ts";

/** How long the bank takes. */
const PAYOUT_SECONDS = 24 * 60 * 60;

/** Pays an amount out, in the smallest unit: `payout.created`. Throws a 400 for more than the balance has. */
export function createPayout(
  context: Context,
  given: Pick<Stripe.Payout, "amount" | "currency"> & Partial<Stripe.Payout>,
): Stripe.Payout {
  const { amount, currency } = given;
  const available =
    balanceOf(context).available.find((balance) => balance.currency === currency)?.amount ?? 0;
  if (amount > available) {
    throw invalidRequest(
      `You have insufficient funds in your Stripe account for this payout: the balance in ${currency} is ${available}.`,
      "balance_insufficient",
      "amount",
    );
  }
  const id = newId("po");
  const transaction = storeBalanceTransaction(context, { id, currency }, -amount, 0, "payout");
  const payout = context.store.put("payout", {
    id,
    object: "payout",
    application_fee: null,
    application_fee_amount: null,
    arrival_date: context.clock.now() + PAYOUT_SECONDS,
    automatic: false,
    balance_transaction: transaction.id,
    created: context.clock.now(),
    description: null,
    destination: null,
    failure_balance_transaction: null,
    failure_code: null,
    failure_message: null,
    livemode: false,
    metadata: {},
    method: "standard",
    original_payout: null,
    payout_method: null,
    reconciliation_status: "not_applicable",
    reversed_by: null,
    source_type: "card",
    statement_descriptor: null,
    status: "pending",
    trace_id: { status: "pending", value: null },
    type: "bank_account",
    ...given,
  });
  context.emit("payout.created", payout);
  return payout;
}

/** Takes a payout back that has not arrived: `payout.canceled`. Throws a 400 for any other. */
export function cancelPayout(context: Context, payout: Stripe.Payout): Stripe.Payout {
  if (payout.status !== "pending") {
    throw invalidRequest(
      `Payouts can only be canceled while they are pending; the status of this one is ${payout.status}.`,
      "status_transition_invalid",
    );
  }
  storeBalanceTransaction(context, payout, payout.amount, 0, "payout_cancel");
  const canceled = context.store.patch("payout", payout, { status: "canceled" });
  context.emit("payout.canceled", canceled);
  return canceled;
}

/** Changes a payout: `payout.updated`. */
export function updatePayout(
  context: Context,
  before: Stripe.Payout,
  changes: Partial<Stripe.Payout>,
): Stripe.Payout {
  const after = context.store.patch("payout", before, changes);
  context.emit("payout.updated", after, previousAttributes(before, after));
  return after;
}

/** When the payout arrives, in unix seconds; undefined if it has arrived or never will. */
export function payoutDueAt({ status, arrival_date: arrival }: Stripe.Payout): number | undefined {
  return status === "pending" ? arrival : undefined;
}

/** The bank has the money: `payout.updated`, `payout.paid`. */
export function payoutArrives(context: Context, payout: Stripe.Payout): void {
  context.emit("payout.paid", updatePayout(context, payout, { status: "paid" }));
}
