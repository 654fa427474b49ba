/** The parameters of setup intents. The compiler checks that none of those in the SDK is missing. */
import type Stripe from "stripe";
import { METHOD_TYPE_NAMES, methodFields } from "../payments/payment-method-fields.ts";
import { metadata, pageParameters, range, url } from "../protocol/parameter-kinds.ts";
import {
  boolean,
  emptyable,
  hash,
  type Kind,
  list,
  notEmulated,
  oneOf,
  required,
  string,
} from "../protocol/parameters.ts";

import { mandateData } from "./mandate-parameters.ts";
import { setupOptions } from "./payment-method-options.ts";

const methodTypes = list(oneOf(...METHOD_TYPE_NAMES));

type TableFor<Parameters> = Record<Exclude<keyof Parameters, "expand">, Kind<unknown, boolean>>;

const automaticPaymentMethods = hash({
  enabled: required(boolean()),
  allow_redirects: oneOf("always", "never"),
});

export const createParameters = {
  automatic_payment_methods: automaticPaymentMethods,
  confirm: boolean(),
  customer: string(),
  description: string(1000),
  metadata: metadata(),
  payment_method: string(),
  payment_method_data: hash(methodFields),
  return_url: url(),
  usage: oneOf("off_session", "on_session"),
  use_stripe_sdk: boolean(),
  allowed_payment_method_types: methodTypes,
  attach_to_self: notEmulated(),
  confirmation_token: notEmulated(),
  customer_account: notEmulated(),
  excluded_payment_method_types: methodTypes,
  flow_directions: notEmulated(),
  mandate_data: mandateData,
  on_behalf_of: notEmulated(),
  payment_method_configuration: notEmulated(),
  payment_method_options: setupOptions,
  single_use: notEmulated(),
} satisfies TableFor<Stripe.SetupIntentCreateParams>;

export const updateParameters = {
  customer: string(),
  description: emptyable(string(1000)),
  metadata: metadata(),
  payment_method: string(),
  payment_method_data: hash(methodFields),
  allowed_payment_method_types: emptyable(methodTypes),
  attach_to_self: notEmulated(),
  customer_account: notEmulated(),
  excluded_payment_method_types: emptyable(methodTypes),
  flow_directions: notEmulated(),
  payment_method_configuration: notEmulated(),
  payment_method_options: setupOptions,
} satisfies TableFor<Stripe.SetupIntentUpdateParams>;

export const confirmParameters = {
  /** Only browsers send it. */
  client_secret: string(),
  payment_method: string(),
  payment_method_data: hash(methodFields),
  return_url: url(),
  use_stripe_sdk: boolean(),
  allowed_payment_method_types: emptyable(methodTypes),
  confirmation_token: notEmulated(),
  mandate_data: mandateData,
  payment_method_options: setupOptions,
} satisfies TableFor<Stripe.SetupIntentConfirmParams> & { client_secret: Kind<string> };

export const cancelParameters = {
  cancellation_reason: oneOf("abandoned", "duplicate", "requested_by_customer"),
} satisfies TableFor<Stripe.SetupIntentCancelParams>;

export const retrieveParameters = { client_secret: string() };

export const listParameters = {
  ...pageParameters,
  created: range(),
  customer: string(),
  payment_method: string(),
  attach_to_self: notEmulated(),
  customer_account: notEmulated(),
} satisfies TableFor<Stripe.SetupIntentListParams>;
