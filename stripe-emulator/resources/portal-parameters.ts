/** The parameters of the customer portal. The compiler checks that none of those in the SDK is missing. */
import type Stripe from "stripe";
import { metadata, pageParameters, url } from "../protocol/parameter-kinds.ts";
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

const proration = oneOf("always_invoice", "create_prorations", "none");
const REASONS = [
  "customer_service",
  "low_quality",
  "missing_features",
  "other",
  "switched_service",
  "too_complex",
  "too_expensive",
  "unused",
] as const;

const features = {
  customer_update: hash({
    enabled: boolean(),
    allowed_updates: emptyable(list(oneOf("address", "email", "name", "phone", "shipping", "tax_id"))),
  }),
  invoice_history: hash({ enabled: required(boolean()) }),
  payment_method_update: hash({
    enabled: required(boolean()),
    payment_method_configuration: notEmulated(),
  }),
  subscription_cancel: hash({
    enabled: boolean(),
    mode: oneOf("at_period_end", "immediately"),
    proration_behavior: proration,
    cancellation_reason: hash({
      enabled: required(boolean()),
      options: emptyable(list(oneOf(...REASONS))),
      feedback_options: notEmulated(),
    }),
  }),
  subscription_pause: hash({
    enabled: boolean(),
    duration: notEmulated(),
  }),
  subscription_update: hash({
    enabled: boolean(),
    billing_cycle_anchor: oneOf("now", "unchanged"),
    default_allowed_updates: emptyable(list(oneOf("price", "promotion_code", "quantity"))),
    products: emptyable(
      list(
        hash({
          product: required(string()),
          prices: required(list(string())),
          adjustable_quantity: hash({
            enabled: required(boolean()),
            maximum: integer(1),
            minimum: integer(1),
          }),
        }),
      ),
    ),
    proration_behavior: proration,
    schedule_at_period_end: notEmulated(),
    trial_update_behavior: oneOf("continue_trial", "end_trial"),
  }),
};

const sharedParameters = {
  business_profile: hash({
    headline: emptyable(string(60)),
    privacy_policy_url: emptyable(url()),
    terms_of_service_url: emptyable(url()),
  }),
  default_return_url: emptyable(url()),
  login_page: hash({ enabled: required(boolean()) }),
  metadata: metadata(),
  name: emptyable(string(250)),
};

export const createParameters = {
  ...sharedParameters,
  features: required(hash(features)),
} satisfies Record<Exclude<keyof Stripe.BillingPortal.ConfigurationCreateParams, "expand">, unknown>;

export const updateParameters = {
  ...sharedParameters,
  active: boolean(),
  features: hash(features),
} satisfies Record<Exclude<keyof Stripe.BillingPortal.ConfigurationUpdateParams, "expand">, unknown>;

export const listParameters = {
  ...pageParameters,
  active: boolean(),
  is_default: boolean(),
} satisfies Record<Exclude<keyof Stripe.BillingPortal.ConfigurationListParams, "expand">, unknown>;

const discounts = list(hash({ coupon: string(), promotion_code: string() }), 1);
const ofSubscription = { subscription: required(string()) };

export const sessionParameters = {
  customer: string(),
  configuration: string(),
  flow_data: hash({
    type: required(
      oneOf(
        "customer_update",
        "payment_method_update",
        "subscription_cancel",
        "subscription_pause",
        "subscription_update",
        "subscription_update_confirm",
      ),
    ),
    after_completion: hash({
      type: required(oneOf("hosted_confirmation", "portal_homepage", "redirect")),
      hosted_confirmation: hash({ custom_message: string(500) }),
      redirect: hash({ return_url: required(url()) }),
    }),
    subscription_cancel: hash({ ...ofSubscription, retention: notEmulated() }),
    subscription_pause: hash(ofSubscription),
    subscription_update: hash(ofSubscription),
    subscription_update_confirm: hash({
      ...ofSubscription,
      items: required(list(hash({ id: required(string()), price: string(), quantity: integer(0) }), 1)),
      discounts,
    }),
  }),
  locale: string(10),
  return_url: url(),
  after_expiration: notEmulated(),
  customer_account: notEmulated(),
  on_behalf_of: notEmulated(),
} satisfies Record<Exclude<keyof Stripe.BillingPortal.SessionCreateParams, "expand">, unknown>;
