/** The parameters of payment intents. The compiler checks that none of those in the SDK is missing. */
import type Stripe from "stripe";
import { cardPaymentMethodFields } from "../payments/payment-method.ts";
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
  type Kind,
  notEmulated,
  oneOf,
  required,
  string,
} from "../protocol/parameters.ts";

type TableFor<Parameters> = Record<Exclude<keyof Parameters, "expand">, Kind<unknown, boolean>>;

const automaticPaymentMethods = hash({
  enabled: required(boolean()),
  allow_redirects: oneOf("always", "never"),
});
const futureUsage = oneOf("off_session", "on_session");
const captureMethod = oneOf("automatic", "automatic_async", "manual");

export const createParameters = {
  amount: required(integer(1)),
  currency: required(currency()),
  automatic_payment_methods: automaticPaymentMethods,
  capture_method: captureMethod,
  confirm: boolean(),
  confirmation_method: oneOf("automatic", "manual"),
  customer: string(),
  description: string(1000),
  metadata: metadata(),
  off_session: boolean(),
  payment_method: string(),
  payment_method_data: hash(cardPaymentMethodFields),
  receipt_email: email(),
  return_url: url(),
  setup_future_usage: futureUsage,
  shipping: shipping(),
  statement_descriptor: string(22),
  statement_descriptor_suffix: string(22),
  transfer_group: string(),
  use_stripe_sdk: boolean(),
  allowed_payment_method_types: notEmulated(),
  amount_details: notEmulated(),
  application_fee_amount: notEmulated(),
  confirmation_token: notEmulated(),
  customer_account: notEmulated(),
  error_on_requires_action: notEmulated(),
  excluded_payment_method_types: notEmulated(),
  hooks: notEmulated(),
  mandate: notEmulated(),
  mandate_data: notEmulated(),
  on_behalf_of: notEmulated(),
  payment_details: notEmulated(),
  payment_method_configuration: notEmulated(),
  payment_method_options: notEmulated(),
  radar_options: notEmulated(),
  transfer_data: notEmulated(),
} satisfies TableFor<Stripe.PaymentIntentCreateParams>;

export const updateParameters = {
  amount: integer(1),
  capture_method: captureMethod,
  currency: currency(),
  customer: string(),
  description: emptyable(string(1000)),
  metadata: metadata(),
  payment_method: string(),
  payment_method_data: hash(cardPaymentMethodFields),
  receipt_email: emptyable(email()),
  setup_future_usage: emptyable(futureUsage),
  shipping: emptyable(shipping()),
  statement_descriptor: string(22),
  statement_descriptor_suffix: string(22),
  transfer_group: string(),
  allowed_payment_method_types: notEmulated(),
  amount_details: notEmulated(),
  application_fee_amount: notEmulated(),
  customer_account: notEmulated(),
  excluded_payment_method_types: notEmulated(),
  hooks: notEmulated(),
  payment_details: notEmulated(),
  payment_method_configuration: notEmulated(),
  payment_method_options: notEmulated(),
  transfer_data: notEmulated(),
} satisfies TableFor<Stripe.PaymentIntentUpdateParams>;

export const confirmParameters = {
  /** Only browsers send it. */
  client_secret: string(),
  off_session: boolean(),
  payment_method: string(),
  payment_method_data: hash(cardPaymentMethodFields),
  receipt_email: emptyable(email()),
  return_url: url(),
  setup_future_usage: emptyable(futureUsage),
  shipping: emptyable(shipping()),
  use_stripe_sdk: boolean(),
  allowed_payment_method_types: notEmulated(),
  amount_details: notEmulated(),
  amount_to_confirm: notEmulated(),
  capture_method: notEmulated(),
  confirmation_token: notEmulated(),
  error_on_requires_action: notEmulated(),
  excluded_payment_method_types: notEmulated(),
  hooks: notEmulated(),
  mandate: notEmulated(),
  mandate_data: notEmulated(),
  payment_details: notEmulated(),
  payment_method_options: notEmulated(),
  radar_options: notEmulated(),
} satisfies TableFor<Stripe.PaymentIntentConfirmParams> & { client_secret: Kind<string> };

export const cancelParameters = {
  cancellation_reason: oneOf("abandoned", "duplicate", "fraudulent", "requested_by_customer"),
} satisfies TableFor<Stripe.PaymentIntentCancelParams>;

export const captureParameters = {
  amount_to_capture: integer(1),
  metadata: metadata(),
  amount_details: notEmulated(),
  application_fee_amount: notEmulated(),
  final_capture: notEmulated(),
  hooks: notEmulated(),
  payment_details: notEmulated(),
  statement_descriptor: notEmulated(),
  statement_descriptor_suffix: notEmulated(),
  transfer_data: notEmulated(),
} satisfies TableFor<Stripe.PaymentIntentCaptureParams>;

export const retrieveParameters = { client_secret: string() };

export const listParameters = {
  ...pageParameters,
  customer: string(),
  created: range(),
  customer_account: notEmulated(),
};
