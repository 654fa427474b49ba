import { currency, decimal, metadata, timestamp } from "../protocol/parameter-kinds.ts";
import {
  boolean,
  emptyable,
  hash,
  integer,
  list,
  notEmulated,
  oneOf,
  required,
  string,
} from "../protocol/parameters.ts";
import { discountsParameter } from "./discount-parameters.ts";

/** What an invoice item can be given when it is created, and later. */
export const itemParameters = {
  amount: integer(),
  description: string(),
  discountable: boolean(),
  discounts: discountsParameter(),
  metadata: metadata(),
  period: hash({ start: required(timestamp()), end: required(timestamp()) }),
  price_data: hash({
    currency: required(currency()),
    product: required(string()),
    tax_behavior: oneOf("exclusive", "inclusive", "unspecified"),
    unit_amount: integer(),
    unit_amount_decimal: decimal(),
  }),
  pricing: hash({ price: required(string()) }),
  quantity: integer(0),
  quantity_decimal: decimal(),
  tax_rates: emptyable(list(string())),
  unit_amount_decimal: decimal(),
  tax_behavior: notEmulated(),
  tax_code: notEmulated(),
};
