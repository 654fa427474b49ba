import type Stripe from "stripe";
import { cancelPayout, createPayout, updatePayout } from "../payments/payout.ts";
import { inRange, page } from "../protocol/pagination.ts";
import { changedMetadata, currency, metadata, pageParameters, range } from "../protocol/parameter-kinds.ts";
import { integer, notEmulated, oneOf, required, string } from "../protocol/parameters.ts";
import { endpoint } from "./endpoint.ts";

const createParameters = {
  amount: required(integer(1)),
  currency: required(currency()),
  description: string(500),
  metadata: metadata(),
  method: oneOf("instant", "standard"),
  source_type: oneOf("bank_account", "card", "fpx"),
  statement_descriptor: string(22),
  destination: notEmulated(),
  payout_method: notEmulated(),
} satisfies Record<Exclude<keyof Stripe.PayoutCreateParams, "expand">, unknown>;

const listParameters = {
  ...pageParameters,
  arrival_date: range(),
  created: range(),
  status: oneOf("canceled", "failed", "in_transit", "paid", "pending"),
  destination: notEmulated(),
} satisfies Record<Exclude<keyof Stripe.PayoutListParams, "expand">, unknown>;

export const payoutEndpoints = [
  endpoint("POST", "/v1/payouts", createParameters, ({ context }, { metadata: given, ...fields }) =>
    createPayout(context, { ...fields, metadata: changedMetadata({}, given) }),
  ),
  endpoint(
    "GET",
    "/v1/payouts",
    listParameters,
    ({ context, path }, { arrival_date: arrival, created, status, ...paging }) =>
      page(
        context.store.all("payout"),
        paging,
        path,
        (payout) =>
          inRange(payout.created, created) &&
          inRange(payout.arrival_date, arrival) &&
          (status === undefined || payout.status === status),
      ),
  ),
  endpoint("GET", "/v1/payouts/:id", {}, ({ context, id }) => context.store.get("payout", id)),
  endpoint("POST", "/v1/payouts/:id", { metadata: metadata() }, ({ context, id }, { metadata: given }) => {
    const before = context.store.get("payout", id);
    return updatePayout(context, before, { metadata: changedMetadata(before.metadata ?? {}, given) });
  }),
  endpoint("POST", "/v1/payouts/:id/cancel", {}, ({ context, id }) =>
    cancelPayout(context, context.store.get("payout", id)),
  ),
];
