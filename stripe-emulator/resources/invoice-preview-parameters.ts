/** The parameters of previews of invoices. The compiler checks that none of those in the SDK is missing. */
import type Stripe from "stripe";
import { currency, decimal, metadata, timestamp, wordOr } from "../protocol/parameter-kinds.ts";
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
import { itemParameters } from "./invoice-item-parameters.ts";
import { changedItemParameters } from "./subscription-item-parameters.ts";
import { cancelAt, prorationBehavior } from "./subscription-parameters.ts";

const addedItem = {
  ...itemParameters,
  currency: currency(),
  price: string(),
  unit_amount: integer(),
  unit_amount_decimal: decimal(),
  invoiceitem: notEmulated(),
};
const { pricing: _pricing, ...addedItemParameters } = addedItem;

const subscriptionDetails = {
  billing_cycle_anchor: hash({
    type: required(oneOf("now", "timestamp", "unchanged")),
    timestamp: timestamp(),
  }),
  cancel_at: emptyable(cancelAt()),
  cancel_at_period_end: boolean(),
  cancel_now: boolean(),
  default_tax_rates: emptyable(list(string())),
  items: list(hash(changedItemParameters), 20),
  metadata: metadata(),
  proration_behavior: prorationBehavior(),
  proration_date: timestamp(),
  trial_end: wordOr(["now"], timestamp()),
  billing_mode: hash({
    type: required(oneOf("flexible")),
    flexible: hash({ proration_discounts: oneOf("included") }),
  }),
  billing_schedules: notEmulated(),
  pause: notEmulated(),
  resume_at: notEmulated(),
  start_date: notEmulated(),
} satisfies Record<keyof Stripe.InvoiceCreatePreviewParams.SubscriptionDetails, unknown>;

export const previewParameters = {
  currency: currency(),
  customer: string(),
  discounts: discountsParameter(),
  invoice_items: list(hash(addedItemParameters), 250),
  preview_mode: oneOf("next", "recurring"),
  subscription: string(),
  subscription_details: hash(subscriptionDetails),
  automatic_tax: hash({ enabled: required(oneOf("false")), liability: notEmulated() }),
  customer_account: notEmulated(),
  customer_details: hash({
    tax_exempt: emptyable(oneOf("exempt", "none", "reverse")),
    address: notEmulated(),
    shipping: notEmulated(),
    tax: notEmulated(),
    tax_ids: notEmulated(),
  } satisfies Record<keyof Stripe.InvoiceCreatePreviewParams.CustomerDetails, unknown>),
  issuer: notEmulated(),
  on_behalf_of: notEmulated(),
  schedule: notEmulated(),
  schedule_details: notEmulated(),
} satisfies Record<Exclude<keyof Stripe.InvoiceCreatePreviewParams, "expand">, unknown>;
