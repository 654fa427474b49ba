import type Stripe from "stripe";
import { page } from "../protocol/pagination.ts";
import { pageParameters } from "../protocol/parameter-kinds.ts";
import { endpoint } from "./endpoint.ts";

export const balanceEndpoints = [
  endpoint("GET", "/v1/balance", {}, ({ context }): Stripe.Balance => {
    const byCurrency = Map.groupBy(
      context.store.all("balance_transaction"),
      (transaction) => transaction.currency,
    );
    const available = [...byCurrency].map(([currency, transactions]) => {
      const amount = transactions.reduce((sum, transaction) => sum + transaction.net, 0);
      return { amount, currency, source_types: { card: amount } };
    });
    const pending = available.map(({ currency }) => ({ amount: 0, currency, source_types: { card: 0 } }));
    return { object: "balance", available, livemode: false, pending };
  }),
  endpoint("GET", "/v1/balance_transactions", pageParameters, ({ context, path }, paging) =>
    page(context.store.all("balance_transaction"), paging, path),
  ),
  endpoint("GET", "/v1/balance_transactions/:id", {}, ({ context, id }) =>
    context.store.get("balance_transaction", id),
  ),
];
