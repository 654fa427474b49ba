import type Stripe from "stripe";
import { newId } from "../protocol/ids.ts";
import type { Context } from "../state/context.ts";
import { previousAttributes } from "../state/emit-event.ts";

/**
 * The customer's balance in this currency, in its smallest unit. `customer.balance` is the one in the customer's own currency;
 * what the customer is owed in another currency counts for invoices in that one only.
 */
export function balanceIn({ store }: Pick<Context, "store">, customerId: string, currency: string): number {
  const customer = store.find("customer", customerId);
  if (customer === undefined) return 0;
  if (isOwnCurrency(customer, currency)) return customer.balance;
  return store
    .all("customer_balance_transaction")
    .filter((transaction) => transaction.customer === customerId && transaction.currency === currency)
    .reduce((sum, { amount }) => sum + amount, 0);
}

/** Whether it is the currency of the customer, which is that of the first invoice or balance. */
const isOwnCurrency = ({ currency: own }: Stripe.Customer, currency: string) =>
  (own ?? currency) === currency;

/**
 * Changes the customer's balance in the currency of `fields` by `amount`, in the smallest unit; a negative balance is a credit for coming invoices.
 * Returns the balance transaction. `customer.updated`, if it is the customer's own currency
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
  const balance = balanceIn(context, customerId, fields.currency) + amount;
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
  if (!isOwnCurrency(before, fields.currency)) return transaction;
  const after = store.patch("customer", before, { balance, currency: fields.currency });
  context.emit("customer.updated", after, previousAttributes(before, after));
  return transaction;
}
