/** The parameters of quotes. The compiler checks that none of those in the SDK is missing. */
import type Stripe from "stripe";
import { priceData } from "../checkout/line-items.ts";
import { metadata, pageParameters } from "../protocol/parameter-kinds.ts";
import {
  boolean,
  emptyable,
  hash,
  integer,
  list,
  notEmulated,
  oneOf,
  optional,
  required,
  string,
} from "../protocol/parameters.ts";

const effectiveDate = optional<number | "current_period_end">((value, param) =>
  value === "current_period_end" ? value : integer(1).read(value, param),
);

const sharedParameters = {
  collection_method: oneOf("charge_automatically", "send_invoice"),
  customer: string(),
  description: emptyable(string(500)),
  discounts: emptyable(
    list(hash({ coupon: string(), promotion_code: string(), discount: notEmulated() }), 1),
  ),
  expires_at: integer(1),
  footer: emptyable(string(500)),
  header: emptyable(string(50)),
  invoice_settings: hash({
    days_until_due: integer(0),
    custom_fields: notEmulated(),
    description: notEmulated(),
    footer: notEmulated(),
    issuer: notEmulated(),
  }),
  line_items: list(
    hash({
      price: string(),
      price_data: priceData,
      quantity: integer(0),
      discounts: notEmulated(),
      tax_rates: notEmulated(),
    }),
    100,
  ),
  metadata: metadata(),
  subscription_data: hash({
    description: string(500),
    effective_date: emptyable(effectiveDate),
    metadata: metadata(),
    trial_period_days: emptyable(integer(1, 730)),
    billing_mode: notEmulated(),
  }),
  application_fee_amount: notEmulated(),
  application_fee_percent: notEmulated(),
  automatic_tax: hash({ enabled: oneOf("false") }),
  customer_account: notEmulated(),
  default_tax_rates: notEmulated(),
  on_behalf_of: notEmulated(),
  transfer_data: notEmulated(),
};

export const createParameters = {
  ...sharedParameters,
  from_quote: hash({ quote: required(string()), is_revision: boolean() }),
  test_clock: string(),
} satisfies Record<Exclude<keyof Stripe.QuoteCreateParams, "expand">, unknown>;

export const updateParameters = {
  ...sharedParameters,
} satisfies Record<Exclude<keyof Stripe.QuoteUpdateParams, "expand">, unknown>;

export const finalizeParameters = {
  expires_at: integer(1),
} satisfies Record<Exclude<keyof Stripe.QuoteFinalizeQuoteParams, "expand">, unknown>;

export const listParameters = {
  ...pageParameters,
  customer: string(),
  status: oneOf("accepted", "canceled", "draft", "open"),
  test_clock: string(),
  customer_account: notEmulated(),
} satisfies Record<Exclude<keyof Stripe.QuoteListParams, "expand">, unknown>;
