import type Stripe from "stripe";
import { balanceOf } from "../payments/balance-transaction.ts";
import { inRange, page } from "../protocol/pagination.ts";
import { currency, pageParameters, range } from "../protocol/parameter-kinds.ts";
import { notEmulated, string } from "../protocol/parameters.ts";
import { endpoint } from "./endpoint.ts";

const listParameters = {
  ...pageParameters,
  created: range(),
  currency: currency(),
  source: string(),
  type: string(),
  payout: notEmulated(),
} satisfies Record<Exclude<keyof Stripe.BalanceTransactionListParams, "expand">, unknown>;

export const balanceEndpoints = [
  endpoint("GET", "/v1/balance", {}, ({ context }) => balanceOf(context)),
  endpoint(
    "GET",
    "/v1/balance_transactions",
    listParameters,
    ({ context, path }, { created, currency: code, source, type, ...paging }) =>
      page(
        context.store.all("balance_transaction"),
        paging,
        path,
        (transaction) =>
          inRange(transaction.created, created) &&
          (code === undefined || transaction.currency === code) &&
          (source === undefined || transaction.source === source) &&
          (type === undefined || transaction.type === type),
      ),
  ),
  endpoint("GET", "/v1/balance_transactions/:id", {}, ({ context, id }) =>
    context.store.get("balance_transaction", id),
  ),
];
