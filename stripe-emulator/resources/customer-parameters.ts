/** The parameters of customers. The compiler checks that none of those in the SDK is missing. */
import type Stripe from "stripe";
import { address, email, metadata, pageParameters, range, shipping } from "../protocol/parameter-kinds.ts";
import {
  emptyable,
  hash,
  integer,
  list,
  notEmulated,
  oneOf,
  required,
  string,
} from "../protocol/parameters.ts";

const sharedParameters = {
  address: emptyable(address()),
  balance: integer(),
  business_name: emptyable(string(150)),
  description: emptyable(string()),
  email: emptyable(email()),
  individual_name: emptyable(string(150)),
  invoice_prefix: string(12),
  invoice_settings: hash({
    default_payment_method: emptyable(string()),
    footer: emptyable(string()),
    custom_fields: notEmulated(),
    rendering_options: notEmulated(),
  }),
  metadata: metadata(),
  name: emptyable(string(256)),
  next_invoice_sequence: integer(1),
  phone: emptyable(string(20)),
  preferred_locales: list(string()),
  shipping: emptyable(shipping()),
  tax_exempt: emptyable(oneOf("exempt", "none", "reverse")),
  cash_balance: notEmulated(),
  source: notEmulated(),
  tax: notEmulated(),
  validate: notEmulated(),
};

export const createParameters = {
  ...sharedParameters,
  payment_method: string(),
  tax_id_data: notEmulated(),
  test_clock: string(),
} satisfies Record<Exclude<keyof Stripe.CustomerCreateParams, "expand">, unknown>;

export const updateParameters = {
  ...sharedParameters,
  default_source: notEmulated(),
} satisfies Record<Exclude<keyof Stripe.CustomerUpdateParams, "expand">, unknown>;

export const searchParameters = {
  query: required(string()),
  limit: integer(1, 100),
  page: string(),
} satisfies Record<Exclude<keyof Stripe.CustomerSearchParams, "expand">, unknown>;

export const listParameters = {
  ...pageParameters,
  created: range(),
  email: string(512),
  test_clock: string(),
};
