/** The parameters of payment intents. The compiler checks that none of those in the SDK is missing. */
import type Stripe from "stripe";
import { METHOD_TYPE_NAMES, methodFields } from "../payments/payment-method-fields.ts";
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
  list,
  notEmulated,
  oneOf,
  optional,
  required,
  string,
} from "../protocol/parameters.ts";

import { mandateData } from "./mandate-parameters.ts";
import { paymentOptions } from "./payment-method-options.ts";

type TableFor<Parameters> = Record<Exclude<keyof Parameters, "expand">, Kind<unknown, boolean>>;

const automaticPaymentMethods = hash({
  enabled: required(boolean()),
  allow_redirects: oneOf("always", "never"),
});
const methodTypes = list(oneOf(...METHOD_TYPE_NAMES));
/** True, or how the customer is absent. */
const offSession = optional((value, param) =>
  value === "one_off" || value === "recurring" ? true : boolean().read(value, param),
);
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
  off_session: offSession,
  payment_method: string(),
  payment_method_data: hash(methodFields),
  receipt_email: email(),
  return_url: url(),
  setup_future_usage: futureUsage,
  shipping: shipping(),
  statement_descriptor: string(22),
  statement_descriptor_suffix: string(22),
  transfer_group: string(),
  use_stripe_sdk: boolean(),
  allowed_payment_method_types: methodTypes,
  amount_details: notEmulated(),
  application_fee_amount: notEmulated(),
  confirmation_token: notEmulated(),
  customer_account: notEmulated(),
  error_on_requires_action: boolean(),
  excluded_payment_method_types: methodTypes,
  hooks: notEmulated(),
  mandate: notEmulated(),
  mandate_data: mandateData,
  on_behalf_of: notEmulated(),
  payment_details: notEmulated(),
  payment_method_configuration: notEmulated(),
  payment_method_options: paymentOptions,
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
  payment_method_data: hash(methodFields),
  receipt_email: emptyable(email()),
  setup_future_usage: emptyable(futureUsage),
  shipping: emptyable(shipping()),
  statement_descriptor: string(22),
  statement_descriptor_suffix: string(22),
  transfer_group: string(),
  allowed_payment_method_types: emptyable(methodTypes),
  amount_details: notEmulated(),
  application_fee_amount: notEmulated(),
  customer_account: notEmulated(),
  excluded_payment_method_types: emptyable(methodTypes),
  hooks: notEmulated(),
  payment_details: notEmulated(),
  payment_method_configuration: notEmulated(),
  payment_method_options: paymentOptions,
  transfer_data: notEmulated(),
} satisfies TableFor<Stripe.PaymentIntentUpdateParams>;

export const confirmParameters = {
  /** Only browsers send it. */
  client_secret: string(),
  off_session: offSession,
  payment_method: string(),
  payment_method_data: hash(methodFields),
  receipt_email: emptyable(email()),
  return_url: url(),
  setup_future_usage: emptyable(futureUsage),
  shipping: emptyable(shipping()),
  use_stripe_sdk: boolean(),
  allowed_payment_method_types: emptyable(methodTypes),
  amount_details: notEmulated(),
  amount_to_confirm: notEmulated(),
  capture_method: captureMethod,
  confirmation_token: notEmulated(),
  error_on_requires_action: boolean(),
  excluded_payment_method_types: emptyable(methodTypes),
  hooks: notEmulated(),
  mandate: notEmulated(),
  mandate_data: mandateData,
  payment_details: notEmulated(),
  payment_method_options: paymentOptions,
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
  final_capture: boolean(),
  hooks: notEmulated(),
  payment_details: notEmulated(),
  statement_descriptor: string(22),
  statement_descriptor_suffix: string(22),
  transfer_data: notEmulated(),
} satisfies TableFor<Stripe.PaymentIntentCaptureParams>;

export const incrementParameters = {
  amount: required(integer(1)),
  description: string(1000),
  metadata: metadata(),
  statement_descriptor: string(22),
  amount_details: notEmulated(),
  application_fee_amount: notEmulated(),
  hooks: notEmulated(),
  payment_details: notEmulated(),
  transfer_data: notEmulated(),
} satisfies TableFor<Stripe.PaymentIntentIncrementAuthorizationParams>;

export const verifyParameters = {
  /** Only browsers send it. */
  client_secret: string(),
  amounts: list(integer(), 2),
  descriptor_code: string(6),
} satisfies TableFor<Stripe.PaymentIntentVerifyMicrodepositsParams> & { client_secret: Kind<string> };

export const retrieveParameters = { client_secret: string() };

export const listParameters = {
  ...pageParameters,
  customer: string(),
  created: range(),
  customer_account: notEmulated(),
};
