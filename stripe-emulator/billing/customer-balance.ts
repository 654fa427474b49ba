import type Stripe from "stripe";
import { newId } from "../protocol/ids.ts";
import type { Context } from "../state/context.ts";
import { previousAttributes } from "../state/emit-event.ts";

/**
 * Changes the customer's balance by `amount`, in the smallest unit; a negative balance is a credit for coming invoices.
 * Returns the balance transaction. `customer.updated`
 */
export function changeBalance(
  context: Context,
  customerId: string,
  amount: number,
  fields: Pick<Stripe.CustomerBalanceTransaction, "currency" | "type"> &
    Partial<Stripe.CustomerBalanceTransaction>,
): Stripe.CustomerBalanceTransaction {
  const { store, clock } = context;
  const before = store.get("customer", customerId);
  const balance = before.balance + amount;
  const transaction = store.put("customer_balance_transaction", {
    id: newId("cbtxn"),
    object: "customer_balance_transaction",
    amount,
    checkout_session: null,
    created: clock.now(),
    credit_note: null,
    customer: customerId,
    customer_account: null,
    description: null,
    ending_balance: balance,
    invoice: null,
    livemode: false,
    metadata: {},
    ...fields,
  });
  const after = store.patch("customer", before, { balance, currency: before.currency ?? fields.currency });
  context.emit("customer.updated", after, previousAttributes(before, after));
  return transaction;
}
