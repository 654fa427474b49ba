/** The money that customers send by bank transfer. */
import { cashBalanceOf, fundCashBalance, transactionsOf } from "../payments/cash-balance.ts";
import { resourceMissing } from "../protocol/errors.ts";
import { page } from "../protocol/pagination.ts";
import { currency, pageParameters } from "../protocol/parameter-kinds.ts";
import { integer, required, string } from "../protocol/parameters.ts";
import { endpoint } from "./endpoint.ts";

const fundParameters = {
  amount: required(integer(1, 99_999_999)),
  currency: required(currency()),
  reference: string(),
};

export const cashBalanceEndpoints = [
  endpoint("GET", "/v1/customers/:id/cash_balance", {}, ({ context, id }) => {
    context.store.get("customer", id);
    return cashBalanceOf(context, id);
  }),
  endpoint(
    "GET",
    "/v1/customers/:id/cash_balance_transactions",
    pageParameters,
    ({ context, id, path }, paging) => {
      context.store.get("customer", id);
      return page(transactionsOf(context, id), paging, path);
    },
  ),
  endpoint("GET", "/v1/customers/:id/cash_balance_transactions/:item", {}, ({ context, id, itemId }) => {
    const found = context.store.find("customer_cash_balance_transaction", itemId);
    if (found?.customer === id) return found;
    throw resourceMissing("customer_cash_balance_transaction", itemId);
  }),
  endpoint(
    "POST",
    "/v1/test_helpers/customers/:id/fund_cash_balance",
    fundParameters,
    ({ context, id }, { amount, currency: code, reference = null }) => {
      context.store.get("customer", id);
      return fundCashBalance(context, id, { amount, currency: code, reference });
    },
  ),
];
