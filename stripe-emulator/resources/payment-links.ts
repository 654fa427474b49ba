import type Stripe from "stripe";
import { lineItemParameters, lineItemsFrom } from "../checkout/line-items.ts";
import { orderOf, sentOn, storeOrder } from "../checkout/order.ts";
import { present } from "../present.ts";
import { invalidRequest } from "../protocol/errors.ts";
import { newId } from "../protocol/ids.ts";
import { page } from "../protocol/pagination.ts";
import { changedMetadata, metadata, pageParameters, url } from "../protocol/parameter-kinds.ts";
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
import { previousAttributes } from "../state/emit-event.ts";
import { textsOf } from "./checkout-session-object.ts";
import { offerParameters, paymentIntentData, subscriptionData } from "./checkout-session-parameters.ts";
import { type Call, endpoint } from "./endpoint.ts";

const { currency: _currency, ...sharedOffer } = offerParameters;
const sharedParameters = {
  ...sharedOffer,
  after_completion: hash({
    type: required(oneOf("hosted_confirmation", "redirect")),
    hosted_confirmation: hash({ custom_message: string(500) }),
    redirect: hash({ url: required(url()) }),
  }),
  payment_intent_data: hash(paymentIntentData),
  subscription_data: hash(subscriptionData),
  application_fee_amount: notEmulated(),
  application_fee_percent: notEmulated(),
  on_behalf_of: notEmulated(),
  payment_method_types: notEmulated(),
  transfer_data: notEmulated(),
};
const createParameters = {
  ...sharedParameters,
  line_items: required(list(hash(lineItemParameters), 20)),
  currency: offerParameters.currency,
  inactive_message: string(500),
  restrictions: hash({ completed_sessions: required(hash({ limit: required(integer(1)) })) }),
} satisfies Record<Exclude<keyof Stripe.PaymentLinkCreateParams, "expand">, unknown>;
const updateParameters = {
  ...sharedParameters,
  active: boolean(),
  inactive_message: emptyable(string(500)),
  restrictions: emptyable(hash({ completed_sessions: required(hash({ limit: required(integer(1)) })) })),
  line_items: notEmulated(),
  metadata: metadata(),
} satisfies Record<Exclude<keyof Stripe.PaymentLinkUpdateParams, "expand">, unknown>;

export const paymentLinkEndpoints = [
  endpoint("POST", "/v1/payment_links", createParameters, create),
  endpoint(
    "GET",
    "/v1/payment_links",
    { ...pageParameters, active: boolean() },
    ({ context, path }, { active, ...paging }) =>
      page(
        context.store.all("payment_link"),
        paging,
        path,
        (link) => active === undefined || link.active === active,
      ),
  ),
  endpoint("GET", "/v1/payment_links/:id", {}, ({ context, id }) => context.store.get("payment_link", id)),
  endpoint("POST", "/v1/payment_links/:id", updateParameters, update),
  endpoint("GET", "/v1/payment_links/:id/line_items", pageParameters, ({ context, id, path }, paging) => {
    context.store.get("payment_link", id);
    return page(orderOf(context, id).lineItems.toReversed(), paging, path);
  }),
];

/** `payment_link.created`. */
function create({ context }: Call, parameters: Parsed<typeof createParameters>): Stripe.PaymentLink {
  const lineItems = lineItemsFrom(context, parameters.line_items);
  if (lineItems.length === 0)
    throw invalidRequest("Missing required param: line_items.", "parameter_missing", "line_items");
  const id = newId("plink");
  const recurring = lineItems.some(({ price }) => price?.recurring);
  storeOrder(context, id, lineItems, {
    payment: sentOn(parameters.payment_intent_data),
    subscription: sentOn(parameters.subscription_data),
    session: sentOn({
      ...present({
        allow_promotion_codes: parameters.allow_promotion_codes,
        billing_address_collection: parameters.billing_address_collection,
        custom_text: parameters.custom_text,
        customer_creation: recurring ? undefined : parameters.customer_creation,
        payment_method_collection: recurring ? parameters.payment_method_collection : undefined,
        phone_number_collection: parameters.phone_number_collection,
        submit_type: parameters.submit_type,
      }),
    }),
  });
  const payment = parameters.payment_intent_data;
  const link = context.store.put("payment_link", {
    id,
    object: "payment_link",
    active: true,
    after_completion: afterCompletion(parameters.after_completion),
    allow_promotion_codes: parameters.allow_promotion_codes ?? false,
    application: null,
    application_fee_amount: null,
    application_fee_percent: null,
    automatic_tax: { enabled: false, liability: null },
    billing_address_collection: parameters.billing_address_collection ?? "auto",
    consent_collection: null,
    currency: lineItems[0]?.currency ?? "usd",
    custom_fields: [],
    custom_text: textsOf(parameters.custom_text),
    customer_creation: recurring ? "always" : (parameters.customer_creation ?? "if_required"),
    inactive_message: parameters.inactive_message ?? null,
    invoice_creation: null,
    livemode: false,
    managed_payments: null,
    metadata: changedMetadata({}, parameters.metadata),
    on_behalf_of: null,
    payment_intent_data: payment
      ? {
          capture_method: payment.capture_method ?? null,
          description: payment.description ?? null,
          metadata: changedMetadata({}, payment.metadata),
          setup_future_usage: payment.setup_future_usage ?? null,
          statement_descriptor: payment.statement_descriptor ?? null,
          statement_descriptor_suffix: payment.statement_descriptor_suffix ?? null,
          transfer_group: payment.transfer_group ?? null,
        }
      : null,
    payment_method_collection: parameters.payment_method_collection ?? "always",
    payment_method_options: null,
    payment_method_types: null,
    phone_number_collection: parameters.phone_number_collection ?? { enabled: false },
    restrictions: parameters.restrictions
      ? { completed_sessions: { count: 0, limit: parameters.restrictions.completed_sessions.limit } }
      : null,
    shipping_address_collection: parameters.shipping_address_collection ?? null,
    shipping_options: [],
    submit_type: parameters.submit_type ?? "auto",
    subscription_data: recurring ? subscriptionDataOf(parameters.subscription_data) : null,
    tax_id_collection: { enabled: false, required: "never" },
    transfer_data: null,
    url: `${context.origin}/_emulator/links/${id}`,
  });
  context.emit("payment_link.created", link);
  return link;
}

/** `payment_link.updated`. */
function update({ context, id }: Call, parameters: Parsed<typeof updateParameters>): Stripe.PaymentLink {
  const before = context.store.get("payment_link", id);
  const { after_completion: after, metadata: given, restrictions } = parameters;
  const shown = present({
    active: parameters.active,
    allow_promotion_codes: parameters.allow_promotion_codes,
    billing_address_collection: parameters.billing_address_collection,
    customer_creation: parameters.customer_creation,
    inactive_message: parameters.inactive_message,
    payment_method_collection: parameters.payment_method_collection,
    phone_number_collection: parameters.phone_number_collection,
    submit_type: parameters.submit_type,
  });
  const changed = context.store.patch("payment_link", before, {
    ...shown,
    ...(after && { after_completion: afterCompletion(after) }),
    ...(parameters.custom_text && { custom_text: { ...before.custom_text, ...parameters.custom_text } }),
    ...(restrictions === undefined
      ? {}
      : {
          restrictions: restrictions && {
            completed_sessions: {
              count: before.restrictions?.completed_sessions.count ?? 0,
              limit: restrictions.completed_sessions.limit,
            },
          },
        }),
    metadata: changedMetadata(before.metadata, given),
  });
  const order = orderOf(context, id);
  const { active: _active, inactive_message: _message, ...ofSessions } = shown;
  context.store.patch("checkout_order", order, {
    data: { ...order.data, session: { ...order.data.session, ...sentOn(ofSessions) } },
  });
  context.emit("payment_link.updated", changed, previousAttributes(before, changed));
  return changed;
}

function afterCompletion(
  given: Parsed<typeof sharedParameters>["after_completion"],
): Stripe.PaymentLink.AfterCompletion {
  if (given?.type === "redirect" && given.redirect === undefined) {
    const param = "after_completion[redirect]";
    throw invalidRequest(`Missing required param: ${param}.`, "parameter_missing", param);
  }
  return given?.type === "redirect" && given.redirect
    ? { redirect: given.redirect, type: "redirect" }
    : {
        hosted_confirmation: { custom_message: given?.hosted_confirmation?.custom_message ?? null },
        type: "hosted_confirmation",
      };
}

function subscriptionDataOf(
  given: Parsed<typeof sharedParameters>["subscription_data"],
): Stripe.PaymentLink.SubscriptionData {
  return {
    description: given?.description ?? null,
    invoice_settings: {
      account_tax_ids: null,
      custom_fields: null,
      description: null,
      footer: null,
      issuer: { type: "self" },
    },
    metadata: changedMetadata({}, given?.metadata),
    trial_period_days: given?.trial_period_days ?? null,
    trial_settings: given?.trial_settings ?? null,
  };
}
