/** The parameters of subscription schedules. The compiler checks that none of those in the SDK is missing. */
import type Stripe from "stripe";
import { currency, metadata, pageParameters, range } from "../protocol/parameter-kinds.ts";
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

const interval = oneOf("day", "month", "week", "year");
const discounts = emptyable(
  list(hash({ coupon: string(), discount: string(), promotion_code: string() }), 20),
);

/** A time in unix seconds, or `now`. */
export function timeOrNow(): Kind<number | "now"> {
  return optional((value, param) => (value === "now" ? "now" : integer(1).read(value, param)));
}

const itemParameters = {
  discounts,
  metadata: metadata(),
  price: string(),
  price_data: hash({
    currency: required(currency()),
    product: required(string()),
    recurring: required(hash({ interval: required(interval), interval_count: integer(1) })),
    tax_behavior: oneOf("exclusive", "inclusive", "unspecified"),
    unit_amount: integer(0),
    unit_amount_decimal: string(),
  }),
  quantity: integer(0),
  billing_thresholds: notEmulated(),
  plan: notEmulated(),
  tax_rates: notEmulated(),
  trial: notEmulated(),
};

const invoiceSettings = hash({
  days_until_due: integer(0),
  account_tax_ids: notEmulated(),
  custom_fields: notEmulated(),
  description: notEmulated(),
  footer: notEmulated(),
  issuer: notEmulated(),
});

const knownPhaseParameters = {
  items: required(list(hash(itemParameters), 20)),
  add_invoice_items: list(
    hash({
      price: required(string()),
      quantity: integer(1),
      discountable: notEmulated(),
      discounts: notEmulated(),
      metadata: notEmulated(),
      period: notEmulated(),
      price_data: notEmulated(),
      tax_rates: notEmulated(),
    }),
    20,
  ),
  billing_cycle_anchor: oneOf("automatic", "phase_start"),
  collection_method: oneOf("charge_automatically", "send_invoice"),
  currency: currency(),
  default_payment_method: string(),
  description: emptyable(string(500)),
  discounts,
  duration: hash({ interval: required(interval), interval_count: integer(1) }),
  end_date: timeOrNow(),
  invoice_settings: invoiceSettings,
  metadata: metadata(),
  proration_behavior: oneOf("always_invoice", "create_prorations", "none"),
  start_date: timeOrNow(),
  trial: boolean(),
  trial_end: timeOrNow(),
  application_fee_percent: notEmulated(),
  automatic_tax: notEmulated(),
  billing_thresholds: notEmulated(),
  default_tax_rates: notEmulated(),
  on_behalf_of: notEmulated(),
  transfer_data: notEmulated(),
} satisfies Record<keyof Stripe.SubscriptionScheduleUpdateParams.Phase, unknown>;
/** The SDK knows `duration` only, but Stripe's own tools still count in iterations of the price's interval. */
const phaseParameters = { ...knownPhaseParameters, iterations: integer(1) };

const sharedParameters = {
  default_settings: hash({
    billing_cycle_anchor: oneOf("automatic", "phase_start"),
    collection_method: oneOf("charge_automatically", "send_invoice"),
    default_payment_method: string(),
    description: emptyable(string(500)),
    invoice_settings: invoiceSettings,
    application_fee_percent: notEmulated(),
    automatic_tax: notEmulated(),
    billing_thresholds: notEmulated(),
    on_behalf_of: notEmulated(),
    transfer_data: notEmulated(),
  }),
  end_behavior: oneOf("cancel", "none", "release", "renew"),
  metadata: metadata(),
  phases: list(hash(phaseParameters), 100),
  pause_schedules: notEmulated(),
};

export const createParameters = {
  ...sharedParameters,
  customer: string(),
  from_subscription: string(),
  start_date: timeOrNow(),
  billing_mode: hash({ type: required(oneOf("classic", "flexible")), flexible: notEmulated() }),
  customer_account: notEmulated(),
} satisfies Record<Exclude<keyof Stripe.SubscriptionScheduleCreateParams, "expand">, unknown>;

export const updateParameters = {
  ...sharedParameters,
  proration_behavior: oneOf("always_invoice", "create_prorations", "none"),
} satisfies Record<Exclude<keyof Stripe.SubscriptionScheduleUpdateParams, "expand">, unknown>;

export const cancelParameters = {
  invoice_now: boolean(),
  prorate: boolean(),
} satisfies Record<Exclude<keyof Stripe.SubscriptionScheduleCancelParams, "expand">, unknown>;

export const releaseParameters = {
  preserve_cancel_date: boolean(),
} satisfies Record<Exclude<keyof Stripe.SubscriptionScheduleReleaseParams, "expand">, unknown>;

export const listParameters = {
  ...pageParameters,
  canceled_at: range(),
  completed_at: range(),
  created: range(),
  customer: string(),
  released_at: range(),
  scheduled: boolean(),
  customer_account: notEmulated(),
} satisfies Record<Exclude<keyof Stripe.SubscriptionScheduleListParams, "expand">, unknown>;
