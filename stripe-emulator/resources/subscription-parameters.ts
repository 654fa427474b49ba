/** The parameters of subscriptions. The compiler checks that none of those in the SDK is missing. */
import type Stripe from "stripe";
import { metadata, pageParameters, range, timestamp, wordOr } from "../protocol/parameter-kinds.ts";
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
import { changedItemParameters, newItemParameters } from "./subscription-item-parameters.ts";

/** Stripe's limit on a trial: two years. */
const MAX_TRIAL_DAYS = 730;

export const prorationBehavior = () => oneOf("always_invoice", "create_prorations", "none");

export const paymentBehavior = () =>
  oneOf("allow_incomplete", "default_incomplete", "error_if_incomplete", "pending_if_incomplete");

const paymentSettings = hash({
  save_default_payment_method: oneOf("off", "on_subscription"),
  payment_method_options: notEmulated(),
  payment_method_types: notEmulated(),
});

export const cancellationDetails = hash({
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
  feedback_option: notEmulated(),
});

/** A time, or the first or last end among the periods of the items. */
export const cancelAt = () => wordOr(["max_period_end", "min_period_end"], timestamp());

const addedInvoiceItem = hash({
  discountable: boolean(),
  discounts: notEmulated(),
  metadata: metadata(),
  period: notEmulated(),
  price: required(string()),
  price_data: notEmulated(),
  quantity: integer(0),
  tax_rates: emptyable(list(string())),
});

const sharedParameters = {
  add_invoice_items: list(addedInvoiceItem, 20),
  automatic_tax: hash({ enabled: required(oneOf("false")), liability: notEmulated() }),
  cancel_at_period_end: boolean(),
  collection_method: oneOf("charge_automatically", "send_invoice"),
  days_until_due: integer(0),
  default_tax_rates: emptyable(list(string())),
  discounts: discountsParameter(),
  invoice_settings: hash({
    description: emptyable(string(1500)),
    footer: emptyable(string()),
    account_tax_ids: notEmulated(),
    custom_fields: notEmulated(),
    issuer: notEmulated(),
  }),
  metadata: metadata(),
  off_session: boolean(),
  payment_behavior: paymentBehavior(),
  payment_settings: paymentSettings,
  proration_behavior: prorationBehavior(),
  trial_end: wordOr(["now"], timestamp()),
  trial_settings: hash({
    end_behavior: required(
      hash({
        billing_cycle_anchor: notEmulated(),
        missing_payment_method: oneOf("cancel", "create_invoice", "pause"),
      }),
    ),
  }),
  application_fee_percent: notEmulated(),
  billing_schedules: notEmulated(),
  billing_thresholds: notEmulated(),
  default_source: notEmulated(),
  on_behalf_of: notEmulated(),
  pending_invoice_item_interval: notEmulated(),
  transfer_data: notEmulated(),
  trial_from_plan: notEmulated(),
};

export const createParameters = {
  ...sharedParameters,
  customer: required(string()),
  items: required(list(hash(newItemParameters), 20)),
  billing_cycle_anchor: timestamp(),
  billing_mode: hash({
    type: required(oneOf("flexible")),
    flexible: hash({ proration_discounts: oneOf("included") }),
  }),
  cancel_at: cancelAt(),
  currency: string(3),
  default_payment_method: string(),
  description: string(500),
  trial_period_days: integer(0, MAX_TRIAL_DAYS),
  backdate_start_date: timestamp(),
  billing_cycle_anchor_config: notEmulated(),
  customer_account: notEmulated(),
} satisfies Record<Exclude<keyof Stripe.SubscriptionCreateParams, "expand">, unknown>;

export const updateParameters = {
  ...sharedParameters,
  billing_cycle_anchor: hash({ type: required(oneOf("now", "unchanged")) }),
  cancel_at: emptyable(cancelAt()),
  cancellation_details: cancellationDetails,
  default_payment_method: emptyable(string()),
  description: emptyable(string(500)),
  items: list(hash(changedItemParameters), 20),
  pause_collection: emptyable(
    hash({
      behavior: required(oneOf("keep_as_draft", "mark_uncollectible", "void")),
      resumes_at: timestamp(),
    }),
  ),
  proration_date: timestamp(),
} satisfies Record<Exclude<keyof Stripe.SubscriptionUpdateParams, "expand">, unknown>;

export const cancelParameters = {
  cancellation_details: cancellationDetails,
  invoice_now: boolean(),
  prorate: boolean(),
} satisfies Record<Exclude<keyof Stripe.SubscriptionCancelParams, "expand">, unknown>;

export const resumeParameters = {
  billing_cycle_anchor: hash({ type: required(oneOf("now", "unchanged")) }),
  payment_behavior: oneOf("resume_on_payment_attempt", "resume_on_payment_success"),
  proration_behavior: prorationBehavior(),
  proration_date: timestamp(),
} satisfies Record<Exclude<keyof Stripe.SubscriptionResumeParams, "expand">, unknown>;

export const listParameters = {
  ...pageParameters,
  collection_method: oneOf("charge_automatically", "send_invoice"),
  created: range(),
  current_period_end: range(),
  current_period_start: range(),
  customer: string(),
  plan: string(),
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
  automatic_tax: notEmulated(),
  customer_account: notEmulated(),
} satisfies Record<Exclude<keyof Stripe.SubscriptionListParams, "expand">, unknown>;

export const searchParameters = { query: required(string()), limit: integer(1, 100), page: string() };
