/** The parameters of prices. The compiler checks that none of those in the SDK is missing. */
import type Stripe from "stripe";
import {
  currency,
  decimal,
  metadata,
  pageParameters,
  range,
  record,
  wordOr,
} from "../protocol/parameter-kinds.ts";
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

export const interval = oneOf("day", "month", "week", "year");
const taxBehavior = () => oneOf("exclusive", "inclusive", "unspecified");
const customUnitAmount = hash({
  enabled: required(oneOf("true")),
  maximum: integer(1),
  minimum: integer(1),
  preset: integer(1),
});
const tier = {
  flat_amount: integer(0),
  flat_amount_decimal: decimal(),
  unit_amount: integer(0),
  unit_amount_decimal: decimal(),
  up_to: required(wordOr(["inf"], integer(1))),
};
export const tiersParameter = () => list(hash(tier), 100);
export type GivenTier = Parsed<typeof tier>;
const currencyOption = {
  custom_unit_amount: notEmulated(),
  tax_behavior: taxBehavior(),
  tiers: tiersParameter(),
  unit_amount: integer(0),
  unit_amount_decimal: decimal(),
};
export type GivenCurrencyOption = Parsed<typeof currencyOption>;
const currencyOptions = () => record(hash(currencyOption));

export const recurringFields = {
  interval: required(interval),
  interval_count: integer(1, 1095),
  meter: string(),
  trial_period_days: integer(0),
  usage_type: oneOf("licensed", "metered"),
};

export const createParameters = {
  currency: required(currency()),
  active: boolean(),
  billing_scheme: oneOf("per_unit", "tiered"),
  currency_options: currencyOptions(),
  custom_unit_amount: customUnitAmount,
  lookup_key: string(200),
  metadata: metadata(),
  nickname: string(),
  product: string(),
  product_data: hash({
    name: required(string()),
    id: string(),
    active: boolean(),
    metadata: metadata(),
    statement_descriptor: string(22),
    unit_label: string(12),
    tax_code: notEmulated(),
    tax_details: notEmulated(),
  }),
  recurring: hash(recurringFields),
  tax_behavior: taxBehavior(),
  tiers: tiersParameter(),
  tiers_mode: oneOf("graduated", "volume"),
  transfer_lookup_key: boolean(),
  transform_quantity: hash({ divide_by: required(integer(1)), round: required(oneOf("down", "up")) }),
  unit_amount: integer(0),
  unit_amount_decimal: decimal(),
} satisfies Record<Exclude<keyof Stripe.PriceCreateParams, "expand">, unknown>;

export const updateParameters = {
  active: boolean(),
  currency_options: emptyable(currencyOptions()),
  lookup_key: emptyable(string(200)),
  metadata: metadata(),
  nickname: emptyable(string()),
  tax_behavior: taxBehavior(),
  transfer_lookup_key: boolean(),
} satisfies Record<Exclude<keyof Stripe.PriceUpdateParams, "expand">, unknown>;

export const listParameters = {
  ...pageParameters,
  active: boolean(),
  created: range(),
  currency: currency(),
  lookup_keys: list(string(), 10),
  product: string(),
  recurring: hash({ interval, usage_type: oneOf("licensed", "metered"), meter: string() }),
  type: oneOf("one_time", "recurring"),
};

export const searchParameters = { query: required(string()), limit: integer(1, 100), page: string() };
