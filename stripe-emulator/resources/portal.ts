import type Stripe from "stripe";
import { defaultConfiguration, NO_FEATURES, storeConfiguration } from "../portal/configuration.ts";
import { present } from "../present.ts";
import { invalidRequest } from "../protocol/errors.ts";
import { newId, randomText } from "../protocol/ids.ts";
import { page } from "../protocol/pagination.ts";
import { changedMetadata } from "../protocol/parameter-kinds.ts";
import type { Parsed } from "../protocol/parameters.ts";
import type { Context } from "../state/context.ts";
import { previousAttributes } from "../state/emit-event.ts";
import { type Call, endpoint } from "./endpoint.ts";
import {
  createParameters,
  listParameters,
  sessionParameters,
  updateParameters,
} from "./portal-parameters.ts";

type Configuration = Stripe.BillingPortal.Configuration;
type GivenFeatures = Parsed<typeof createParameters>["features"];
type GivenFlow = NonNullable<Parsed<typeof sessionParameters>["flow_data"]>;

export const portalEndpoints = [
  endpoint("POST", "/v1/billing_portal/configurations", createParameters, create),
  endpoint(
    "GET",
    "/v1/billing_portal/configurations",
    listParameters,
    ({ context, path }, { active, is_default: isDefault, ...paging }) =>
      page(
        context.store.all("billing_portal.configuration"),
        paging,
        path,
        (configuration) =>
          (active === undefined || configuration.active === active) &&
          (isDefault === undefined || configuration.is_default === isDefault),
      ),
  ),
  endpoint("GET", "/v1/billing_portal/configurations/:id", {}, ({ context, id }) =>
    context.store.get("billing_portal.configuration", id),
  ),
  endpoint("POST", "/v1/billing_portal/configurations/:id", updateParameters, update),
  endpoint("POST", "/v1/billing_portal/sessions", sessionParameters, createSession),
];

/** `billing_portal.configuration.created`. */
function create({ context }: Call, parameters: Parsed<typeof createParameters>): Configuration {
  const { features, business_profile: profile, login_page: login, metadata, ...fields } = parameters;
  const configuration = storeConfiguration(context, {
    ...fields,
    features: changedFeatures(NO_FEATURES, features),
    business_profile: { headline: null, privacy_policy_url: null, terms_of_service_url: null, ...profile },
    login_page: loginPage(context, login?.enabled ?? false),
    metadata: changedMetadata({}, metadata),
  });
  context.emit("billing_portal.configuration.created", configuration);
  return configuration;
}

/** `billing_portal.configuration.updated`. */
function update({ context, id }: Call, parameters: Parsed<typeof updateParameters>): Configuration {
  const { features, business_profile: profile, login_page: login, metadata, ...fields } = parameters;
  const before = context.store.get("billing_portal.configuration", id);
  if (before.is_default && fields.active === false) {
    throw invalidRequest("You cannot deactivate the default configuration.", undefined, "active");
  }
  const after = context.store.patch("billing_portal.configuration", before, {
    ...fields,
    ...present({
      features: features && changedFeatures(before.features, features),
      login_page: login && loginPage(context, login.enabled),
    }),
    business_profile: { ...before.business_profile, ...profile },
    metadata: changedMetadata(before.metadata ?? {}, metadata),
    updated: context.clock.now(),
  });
  context.emit("billing_portal.configuration.updated", after, previousAttributes(before, after));
  return after;
}

/** `billing_portal.session.created`. */
function createSession(
  { context }: Call,
  parameters: Parsed<typeof sessionParameters>,
): Stripe.BillingPortal.Session {
  const { store, clock, origin } = context;
  const { customer, configuration: named, flow_data: flow } = parameters;
  if (customer === undefined)
    throw invalidRequest("Missing required param: customer.", "parameter_missing", "customer");
  store.get("customer", customer, "customer");
  const configuration =
    named === undefined
      ? defaultConfiguration(context)
      : store.get("billing_portal.configuration", named, "configuration");
  if (!configuration.active) {
    throw invalidRequest(`The configuration ${configuration.id} is inactive.`, undefined, "configuration");
  }
  assertOffered(configuration, flow?.type);
  const id = newId("bps");
  const session = store.put("billing_portal.session", {
    id,
    object: "billing_portal.session",
    configuration: configuration.id,
    created: clock.now(),
    customer,
    customer_account: null,
    flow: flow === undefined ? null : flowOf(context, flow, customer),
    livemode: false,
    locale: parameters.locale ?? null,
    on_behalf_of: null,
    return_url: parameters.return_url ?? configuration.default_return_url,
    url: `${origin}/_emulator/portal/${id}`,
  });
  context.emit("billing_portal.session.created", session);
  return session;
}

/** Throws a 400 for a flow whose feature the configuration does not offer. */
function assertOffered({ id, features }: Configuration, flow: GivenFlow["type"] | undefined): void {
  if (flow === undefined) return;
  const name = flow === "subscription_update_confirm" ? "subscription_update" : flow;
  if (features[name].enabled) return;
  const message = `The feature ${name} is disabled in the portal configuration ${id}.`;
  throw invalidRequest(message, undefined, "flow_data[type]");
}

function flowOf({ store }: Context, given: GivenFlow, customer: string): Stripe.BillingPortal.Session.Flow {
  const { type, after_completion: after, subscription_update_confirm: confirm } = given;
  const details = {
    subscription_cancel: given.subscription_cancel,
    subscription_pause: given.subscription_pause,
    subscription_update: given.subscription_update,
    subscription_update_confirm: confirm,
  };
  for (const [name, value] of Object.entries(details)) {
    const param = `flow_data[${name}]`;
    if (type === name && value === undefined)
      throw invalidRequest(`Missing required param: ${param}.`, "parameter_missing", param);
    if (value === undefined) continue;
    if (type !== name)
      throw invalidRequest(`You can only pass ${param} in a flow of its type.`, undefined, param);
    const subscription = store.get("subscription", value.subscription, `${param}[subscription]`);
    if (subscription.customer !== customer || subscription.ended_at !== null) {
      throw invalidRequest(
        `The subscription ${subscription.id} is not a live one of the customer ${customer}.`,
        undefined,
        `${param}[subscription]`,
      );
    }
  }
  return {
    after_completion: {
      hosted_confirmation:
        after?.type === "hosted_confirmation"
          ? { custom_message: after.hosted_confirmation?.custom_message ?? null }
          : null,
      redirect: after?.redirect ?? null,
      type: after?.type ?? "portal_homepage",
    },
    customer_update: type === "customer_update" ? {} : null,
    subscription_cancel: given.subscription_cancel
      ? { subscription: given.subscription_cancel.subscription, retention: null }
      : null,
    subscription_pause: given.subscription_pause ?? null,
    subscription_update: given.subscription_update ?? null,
    subscription_update_confirm: confirm
      ? {
          subscription: confirm.subscription,
          discounts:
            confirm.discounts?.map(({ coupon = null, promotion_code: code = null }) => ({
              coupon,
              promotion_code: code,
            })) ?? null,
          items: confirm.items.map(({ id, price = null, quantity }) => ({
            id,
            price,
            ...present({ quantity }),
          })),
        }
      : null,
    type,
  };
}

function changedFeatures(before: Configuration["features"], given: GivenFeatures): Configuration["features"] {
  const { customer_update, subscription_cancel, subscription_update } = given;
  const { cancellation_reason: reason, ...cancel } = subscription_cancel ?? {};
  const { products, default_allowed_updates: updates, ...change } = subscription_update ?? {};
  const { allowed_updates: allowed, ...customer } = customer_update ?? {};
  const ofReason = before.subscription_cancel.cancellation_reason;
  return {
    customer_update: {
      ...before.customer_update,
      ...customer,
      ...present({ allowed_updates: allowed === undefined ? undefined : (allowed ?? []) }),
    },
    invoice_history: { ...before.invoice_history, ...given.invoice_history },
    payment_method_update: { ...before.payment_method_update, ...given.payment_method_update },
    subscription_cancel: {
      ...before.subscription_cancel,
      ...cancel,
      cancellation_reason: {
        ...ofReason,
        ...present({
          enabled: reason?.enabled,
          options: reason?.options === undefined ? undefined : (reason.options ?? []),
        }),
      },
    },
    subscription_pause: { ...before.subscription_pause, ...given.subscription_pause },
    subscription_update: {
      ...before.subscription_update,
      ...change,
      ...present({
        default_allowed_updates: updates === undefined ? undefined : (updates ?? []),
        products:
          products === undefined
            ? undefined
            : (products ?? []).map(({ product, prices, adjustable_quantity: adjustable }) => ({
                product,
                prices,
                adjustable_quantity: { maximum: null, minimum: 1, ...(adjustable ?? { enabled: false }) },
              })),
      }),
    },
  };
}

function loginPage({ origin }: Context, enabled: boolean): Configuration["login_page"] {
  return { enabled, url: enabled ? `${origin}/_emulator/portal/login_${randomText(20)}` : null };
}
