/** The parameters of checkout sessions. The compiler checks that none of those in the SDK is missing. */
import type Stripe from "stripe";
import { lineItemParameters } from "../checkout/line-items.ts";
import {
  currency,
  email,
  metadata,
  pageParameters,
  range,
  shipping,
  url,
} from "../protocol/parameter-kinds.ts";
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

const message = emptyable(hash({ message: required(string(1200)) }));
/** Accepted while it asks for nothing. */
const disabled = hash({ enabled: oneOf("false") });

/** What sessions and payment links share. */
export const offerParameters = {
  allow_promotion_codes: boolean(),
  billing_address_collection: oneOf("auto", "required"),
  currency: currency(),
  custom_text: hash({
    after_submit: message,
    shipping_address: message,
    submit: message,
    terms_of_service_acceptance: message,
  }),
  customer_creation: oneOf("always", "if_required"),
  metadata: metadata(),
  payment_method_collection: oneOf("always", "if_required"),
  phone_number_collection: hash({ enabled: required(boolean()) }),
  shipping_address_collection: hash({ allowed_countries: required(list(string(2), 300)) }),
  submit_type: oneOf("auto", "book", "donate", "pay", "subscribe"),
  automatic_tax: disabled,
  consent_collection: notEmulated(),
  custom_fields: notEmulated(),
  invoice_creation: disabled,
  managed_payments: notEmulated(),
  name_collection: notEmulated(),
  optional_items: notEmulated(),
  payment_method_options: notEmulated(),
  shipping_options: notEmulated(),
  tax_id_collection: disabled,
};

export const paymentIntentData = {
  capture_method: oneOf("automatic", "automatic_async", "manual"),
  description: string(1000),
  metadata: metadata(),
  setup_future_usage: oneOf("off_session", "on_session"),
  statement_descriptor: string(22),
  statement_descriptor_suffix: string(22),
  transfer_group: string(),
};

export const subscriptionData = {
  description: string(500),
  metadata: metadata(),
  trial_period_days: integer(1, 730),
  trial_settings: hash({
    end_behavior: required(
      hash({ missing_payment_method: required(oneOf("cancel", "create_invoice", "pause")) }),
    ),
  }),
  invoice_settings: notEmulated(),
};

export const createParameters = {
  ...offerParameters,
  adaptive_pricing: disabled,
  cancel_url: url(),
  client_reference_id: string(200),
  customer: string(),
  customer_email: email(),
  customer_update: hash({
    address: oneOf("auto", "never"),
    name: oneOf("auto", "never"),
    shipping: oneOf("auto", "never"),
  }),
  discounts: list(hash({ coupon: string(), promotion_code: string() }), 1),
  expires_at: integer(1),
  integration_identifier: string(200),
  line_items: list(hash(lineItemParameters), 100),
  locale: string(10),
  mode: required(oneOf("payment", "setup", "subscription")),
  origin_context: oneOf("mobile_app", "web"),
  payment_intent_data: hash({
    ...paymentIntentData,
    receipt_email: email(),
    shipping: shipping(),
    application_fee_amount: notEmulated(),
    on_behalf_of: notEmulated(),
    transfer_data: notEmulated(),
  }),
  redirect_on_completion: oneOf("always", "if_required", "never"),
  return_url: url(),
  saved_payment_method_options: hash({
    allow_redisplay_filters: list(oneOf("always", "limited", "unspecified")),
    payment_method_remove: oneOf("disabled", "enabled"),
    payment_method_save: oneOf("disabled", "enabled"),
  }),
  setup_intent_data: hash({ description: string(1000), metadata: metadata(), on_behalf_of: notEmulated() }),
  subscription_data: hash({
    ...subscriptionData,
    billing_cycle_anchor: integer(1),
    proration_behavior: oneOf("create_prorations", "none"),
    trial_end: integer(1),
    application_fee_percent: notEmulated(),
    billing_cycle_anchor_config: notEmulated(),
    billing_mode: notEmulated(),
    default_tax_rates: notEmulated(),
    on_behalf_of: notEmulated(),
    pending_invoice_item_interval: notEmulated(),
    transfer_data: notEmulated(),
  }),
  success_url: url(),
  ui_mode: oneOf("elements", "embedded_page", "form", "hosted_page"),
  after_expiration: notEmulated(),
  allowed_payment_method_types: notEmulated(),
  branding_settings: notEmulated(),
  customer_account: notEmulated(),
  excluded_payment_method_types: notEmulated(),
  payment_method_configuration: notEmulated(),
  payment_method_data: notEmulated(),
  permissions: notEmulated(),
  wallet_options: notEmulated(),
} satisfies Record<Exclude<keyof Stripe.Checkout.SessionCreateParams, "expand">, unknown>;

export const updateParameters = {
  metadata: metadata(),
  collected_information: notEmulated(),
  line_items: notEmulated(),
  payment_intent_data: notEmulated(),
  shipping_options: notEmulated(),
} satisfies Record<Exclude<keyof Stripe.Checkout.SessionUpdateParams, "expand">, unknown>;

export const listParameters = {
  ...pageParameters,
  created: range(),
  customer: string(),
  customer_details: hash({ email: required(email()) }),
  payment_intent: string(),
  payment_link: string(),
  status: oneOf("complete", "expired", "open"),
  subscription: string(),
  customer_account: notEmulated(),
} satisfies Record<Exclude<keyof Stripe.Checkout.SessionListParams, "expand">, unknown>;

/** What Stripe's own tools send when they play the payer. */
export const confirmParameters = {
  payment_method: string(),
  expected_amount: integer(0),
  eid: string(),
};
