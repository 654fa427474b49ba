/** The parameters of invoices. The compiler checks that none of those in the SDK is missing. */
import type Stripe from "stripe";
import { currency, metadata, pageParameters, range, timestamp } from "../protocol/parameter-kinds.ts";
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

const customFields = emptyable(list(hash({ name: required(string(40)), value: required(string(140)) }), 4));

/** What a draft can be given when it is created, and later. */
const draftParameters = {
  auto_advance: boolean(),
  automatic_tax: hash({ enabled: required(oneOf("false")), liability: notEmulated() }),
  automatically_finalizes_at: timestamp(),
  collection_method: oneOf("charge_automatically", "send_invoice"),
  custom_fields: customFields,
  days_until_due: integer(0),
  default_payment_method: string(),
  default_tax_rates: emptyable(list(string())),
  description: emptyable(string(1500)),
  discounts: discountsParameter(),
  due_date: timestamp(),
  effective_at: emptyable(timestamp()),
  footer: emptyable(string()),
  metadata: metadata(),
  number: emptyable(string(26)),
  statement_descriptor: emptyable(string(22)),
  account_tax_ids: notEmulated(),
  application_fee_amount: notEmulated(),
  default_source: notEmulated(),
  issuer: notEmulated(),
  on_behalf_of: notEmulated(),
  payment_settings: notEmulated(),
  rendering: notEmulated(),
  shipping_cost: notEmulated(),
  shipping_details: notEmulated(),
  transfer_data: notEmulated(),
};

export const createParameters = {
  ...draftParameters,
  currency: currency(),
  customer: string(),
  pending_invoice_items_behavior: oneOf("exclude", "include"),
  subscription: string(),
  customer_account: notEmulated(),
  from_invoice: notEmulated(),
} satisfies Record<Exclude<keyof Stripe.InvoiceCreateParams, "expand">, unknown>;

export const updateParameters = {
  ...draftParameters,
} satisfies Record<Exclude<keyof Stripe.InvoiceUpdateParams, "expand">, unknown>;

export const payParameters = {
  off_session: boolean(),
  paid_out_of_band: boolean(),
  payment_method: string(),
  source: string(),
  forgive: boolean(),
  mandate: notEmulated(),
} satisfies Record<Exclude<keyof Stripe.InvoicePayParams, "expand">, unknown>;

export const listParameters = {
  ...pageParameters,
  collection_method: oneOf("charge_automatically", "send_invoice"),
  created: range(),
  customer: string(),
  due_date: range(),
  status: oneOf("draft", "open", "paid", "uncollectible", "void"),
  subscription: string(),
  customer_account: notEmulated(),
} satisfies Record<Exclude<keyof Stripe.InvoiceListParams, "expand">, unknown>;

export const searchParameters = { query: required(string()), limit: integer(1, 100), page: string() };
