import type Stripe from "stripe";
import { changeBalance } from "../billing/customer-balance.ts";
import { present } from "../present.ts";
import { resourceMissing } from "../protocol/errors.ts";
import { inRange, page } from "../protocol/pagination.ts";
import { changedMetadata, currency, metadata, pageParameters, range } from "../protocol/parameter-kinds.ts";
import { emptyable, integer, type Parsed, required, string } from "../protocol/parameters.ts";
import type { Context } from "../state/context.ts";
import { type Call, endpoint } from "./endpoint.ts";

const createParameters = {
  amount: required(integer()),
  currency: required(currency()),
  description: emptyable(string(350)),
  metadata: metadata(),
} satisfies Record<Exclude<keyof Stripe.CustomerCreateBalanceTransactionParams, "expand">, unknown>;
const updateParameters = { description: emptyable(string(350)), metadata: metadata() };
const listParameters = { ...pageParameters, created: range(), invoice: string() };

export const customerBalanceTransactionEndpoints = [
  endpoint("POST", "/v1/customers/:id/balance_transactions", createParameters, create),
  endpoint(
    "GET",
    "/v1/customers/:id/balance_transactions",
    listParameters,
    ({ context, id, path }, { created, invoice, ...paging }) => {
      context.store.get("customer", id);
      return page(
        context.store.all("customer_balance_transaction").filter(({ customer }) => customer === id),
        paging,
        path,
        (found) => inRange(found.created, created) && (invoice === undefined || found.invoice === invoice),
      );
    },
  ),
  endpoint("GET", "/v1/customers/:id/balance_transactions/:item", {}, ({ context, id, itemId }) =>
    find(context, id, itemId),
  ),
  endpoint("POST", "/v1/customers/:id/balance_transactions/:item", updateParameters, (call, given) => {
    const before = find(call.context, call.id, call.itemId);
    return call.context.store.patch("customer_balance_transaction", before, {
      ...present({ description: given.description }),
      metadata: changedMetadata(before.metadata ?? {}, given.metadata),
    });
  }),
];

function find({ store }: Context, customer: string, id: string): Stripe.CustomerBalanceTransaction {
  const found = store.get("customer_balance_transaction", id);
  if (found.customer === customer) return found;
  throw resourceMissing("customer_balance_transaction", id);
}

/** Changes the balance of the customer: `customer.updated`. */
function create(
  { context, id }: Call,
  { amount, currency: code, description, metadata: given }: Parsed<typeof createParameters>,
): Stripe.CustomerBalanceTransaction {
  context.store.get("customer", id);
  return changeBalance(context, id, amount, {
    currency: code,
    description: description ?? null,
    metadata: changedMetadata({}, given),
    type: "adjustment",
  });
}
