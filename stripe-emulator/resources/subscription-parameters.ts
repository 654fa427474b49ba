/** The parameters of subscriptions. The compiler checks that none of those in the SDK is missing. */
import type Stripe from "stripe";
import { metadata, pageParameters, range } from "../protocol/parameter-kinds.ts";
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

/** Stripe's limit on a trial: two years. */
const MAX_TRIAL_DAYS = 730;

const sharedItemParameters = {
  metadata: metadata(),
  quantity: integer(1),
  billing_thresholds: notEmulated(),
  current_trial: notEmulated(),
  discounts: notEmulated(),
  plan: notEmulated(),
  price_data: notEmulated(),
  tax_rates: notEmulated(),
};
const newItemParameters = { ...sharedItemParameters, price: required(string()) };
const changedItemParameters = {
  ...sharedItemParameters,
  id: string(),
  price: string(),
  deleted: boolean(),
  clear_usage: notEmulated(),
};
export type NewItem = Parsed<typeof newItemParameters>;
export type ChangedItem = Parsed<typeof changedItemParameters>;

const paymentSettings = hash({
  save_default_payment_method: oneOf("off", "on_subscription"),
  payment_method_options: notEmulated(),
  payment_method_types: notEmulated(),
});

const notEmulatedParameters = {
  add_invoice_items: notEmulated(),
  application_fee_percent: notEmulated(),
  automatic_tax: notEmulated(),
  billing_cycle_anchor: notEmulated(),
  billing_schedules: notEmulated(),
  billing_thresholds: notEmulated(),
  cancel_at: notEmulated(),
  days_until_due: notEmulated(),
  default_source: notEmulated(),
  default_tax_rates: notEmulated(),
  discounts: notEmulated(),
  invoice_settings: notEmulated(),
  on_behalf_of: notEmulated(),
  pending_invoice_item_interval: notEmulated(),
  transfer_data: notEmulated(),
  trial_from_plan: notEmulated(),
  trial_settings: notEmulated(),
};

export const createParameters = {
  ...notEmulatedParameters,
  customer: required(string()),
  items: required(list(hash(newItemParameters), 20)),
  cancel_at_period_end: boolean(),
  collection_method: oneOf("charge_automatically"),
  default_payment_method: string(),
  description: string(500),
  metadata: metadata(),
  off_session: boolean(),
  payment_behavior: oneOf("allow_incomplete", "default_incomplete"),
  payment_settings: paymentSettings,
  trial_end: integer(1),
  trial_period_days: integer(0, MAX_TRIAL_DAYS),
  backdate_start_date: notEmulated(),
  billing_cycle_anchor_config: notEmulated(),
  billing_mode: notEmulated(),
  currency: notEmulated(),
  customer_account: notEmulated(),
  proration_behavior: notEmulated(),
} satisfies Record<Exclude<keyof Stripe.SubscriptionCreateParams, "expand">, unknown>;

export const updateParameters = {
  ...notEmulatedParameters,
  cancel_at_period_end: boolean(),
  collection_method: oneOf("charge_automatically"),
  default_payment_method: emptyable(string()),
  description: emptyable(string(500)),
  items: list(hash(changedItemParameters), 20),
  metadata: metadata(),
  payment_settings: paymentSettings,
  proration_behavior: oneOf("always_invoice", "create_prorations", "none"),
  cancellation_details: notEmulated(),
  off_session: notEmulated(),
  pause_collection: notEmulated(),
  payment_behavior: notEmulated(),
  proration_date: notEmulated(),
  trial_end: notEmulated(),
} satisfies Record<Exclude<keyof Stripe.SubscriptionUpdateParams, "expand">, unknown>;

export const cancelParameters = {
  cancellation_details: hash({
    comment: emptyable(string()),
    feedback: emptyable(
      oneOf(
        "customer_service",
        "low_quality",
        "missing_features",
        "other",
        "switched_service",
        "too_complex",
        "too_expensive",
        "unused",
      ),
    ),
  }),
  invoice_now: notEmulated(),
  prorate: notEmulated(),
} satisfies Record<Exclude<keyof Stripe.SubscriptionCancelParams, "expand">, unknown>;

export const listParameters = {
  ...pageParameters,
  created: range(),
  customer: string(),
  price: string(),
  test_clock: string(),
  status: oneOf(
    "active",
    "all",
    "canceled",
    "ended",
    "incomplete",
    "incomplete_expired",
    "past_due",
    "paused",
    "trialing",
    "unpaid",
  ),
};
