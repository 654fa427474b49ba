import type Stripe from "stripe";
import { currency, decimal, metadata } from "../protocol/parameter-kinds.ts";
import {
  boolean,
  emptyable,
  hash,
  integer,
  list,
  notEmulated,
  oneOf,
  type Parsed,
  required,
  string,
} from "../protocol/parameters.ts";
import { discountsParameter } from "./discount-parameters.ts";

const inlinePrice = hash({
  currency: required(currency()),
  product: required(string()),
  recurring: required(
    hash({
      interval: required(oneOf("day", "month", "week", "year")),
      interval_count: integer(1, 1095),
    }),
  ),
  tax_behavior: oneOf("exclusive", "inclusive", "unspecified"),
  unit_amount: integer(0),
  unit_amount_decimal: decimal(),
});

/** A new item, of a subscription that is created or changed. */
export const newItemParameters = {
  metadata: metadata(),
  quantity: integer(0),
  discounts: discountsParameter(),
  plan: string(),
  price: string(),
  price_data: inlinePrice,
  tax_rates: emptyable(list(string())),
  billing_thresholds: notEmulated(),
  current_trial: notEmulated(),
};

/** An item of a change: with an `id` it changes that item, otherwise it adds one. */
export const changedItemParameters = {
  ...newItemParameters,
  id: string(),
  deleted: boolean(),
  clear_usage: boolean(),
} satisfies Record<keyof Stripe.SubscriptionUpdateParams.Item, unknown>;

export type ChangedItem = Parsed<typeof changedItemParameters>;
