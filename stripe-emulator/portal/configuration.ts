import type Stripe from "stripe";
import { newId } from "../protocol/ids.ts";
import type { Context } from "../state/context.ts";

type Configuration = Stripe.BillingPortal.Configuration;

/** What a portal offers unless its configuration says more: nothing but a look. */
export const NO_FEATURES: Configuration["features"] = {
  customer_update: { allowed_updates: [], enabled: false },
  invoice_history: { enabled: false },
  payment_method_update: { enabled: false, payment_method_configuration: null },
  subscription_cancel: {
    cancellation_reason: {
      enabled: false,
      feedback_options: null,
      options: ["too_expensive", "missing_features", "switched_service", "unused", "other"],
    },
    enabled: false,
    mode: "at_period_end",
    proration_behavior: "none",
  },
  subscription_pause: { duration: { interval_options: [], type: "indefinite" }, enabled: false },
  subscription_update: {
    billing_cycle_anchor: "unchanged",
    default_allowed_updates: [],
    enabled: false,
    products: [],
    proration_behavior: "none",
    schedule_at_period_end: { conditions: [] },
    trial_update_behavior: "end_trial",
  },
};

/** Stores a configuration. Emits no event. */
export function storeConfiguration(
  context: Context,
  fields: Pick<Configuration, "features"> & Partial<Configuration>,
): Configuration {
  const now = context.clock.now();
  return context.store.put("billing_portal.configuration", {
    id: newId("bpc"),
    object: "billing_portal.configuration",
    active: true,
    application: null,
    business_profile: { headline: null, privacy_policy_url: null, terms_of_service_url: null },
    created: now,
    default_return_url: null,
    is_default: false,
    livemode: false,
    login_page: { enabled: false, url: null },
    metadata: {},
    name: null,
    updated: now,
    ...fields,
  });
}

/** The configuration of sessions that name none. The first one that is asked for is made: it offers everything. */
export function defaultConfiguration(context: Context): Configuration {
  const found = context.store
    .all("billing_portal.configuration")
    .find(({ is_default: isDefault }) => isDefault);
  if (found !== undefined) return found;
  const { customer_update, payment_method_update, subscription_cancel, subscription_update } = NO_FEATURES;
  return storeConfiguration(context, {
    is_default: true,
    features: {
      ...NO_FEATURES,
      customer_update: { ...customer_update, allowed_updates: ["email", "name"], enabled: true },
      invoice_history: { enabled: true },
      payment_method_update: { ...payment_method_update, enabled: true },
      subscription_cancel: { ...subscription_cancel, enabled: true },
      subscription_update: {
        ...subscription_update,
        default_allowed_updates: ["price", "quantity"],
        enabled: true,
        proration_behavior: "create_prorations",
      },
    },
  });
}
