/** The parameters of customers. The compiler checks that none of those in the SDK is missing. */
import type Stripe from "stripe";
import { address, email, metadata, pageParameters, range, shipping } from "../protocol/parameter-kinds.ts";
import {
  boolean,
  emptyable,
  formerly,
  hash,
  integer,
  list,
  notEmulated,
  oneOf,
  required,
  string,
} from "../protocol/parameters.ts";
import { taxIdData } from "./tax-ids.ts";

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
    custom_fields: emptyable(list(hash({ name: required(string(40)), value: required(string(140)) }), 4)),
    rendering_options: notEmulated(),
  }),
  metadata: metadata(),
  name: emptyable(string(256)),
  next_invoice_sequence: integer(1),
  phone: emptyable(string(20)),
  preferred_locales: list(string()),
  shipping: emptyable(shipping()),
  tax_exempt: emptyable(oneOf("exempt", "none", "reverse")),
  coupon: formerly("2025-03-31", emptyable(string())),
  promotion_code: formerly("2025-03-31", string()),
  cash_balance: notEmulated(),
  source: string(),
  tax: notEmulated(),
  validate: boolean(),
};

export const createParameters = {
  ...sharedParameters,
  payment_method: string(),
  tax_id_data: list(taxIdData, 5),
  test_clock: string(),
} satisfies Record<
  Exclude<keyof Stripe.CustomerCreateParams, "expand"> | "coupon" | "promotion_code",
  unknown
>;

export const updateParameters = {
  ...sharedParameters,
  default_source: string(),
} satisfies Record<
  Exclude<keyof Stripe.CustomerUpdateParams, "expand"> | "coupon" | "promotion_code",
  unknown
>;

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
