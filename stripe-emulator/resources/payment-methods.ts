import type Stripe from "stripe";
import {
  attachPaymentMethod,
  createPaymentMethod,
  resolvePaymentMethod,
} from "../payments/payment-method.ts";
import {
  allowRedisplay,
  billingDetails,
  METHOD_TYPE_NAMES,
  methodFields,
} from "../payments/payment-method-fields.ts";
import { present } from "../present.ts";
import { invalidRequest, resourceMissing } from "../protocol/errors.ts";
import { page } from "../protocol/pagination.ts";
import { changedMetadata, completeAddress, metadata, pageParameters } from "../protocol/parameter-kinds.ts";
import { hash, integer, notEmulated, oneOf, type Parsed, required, string } from "../protocol/parameters.ts";
import type { Context } from "../state/context.ts";
import { previousAttributes } from "../state/emit-event.ts";
import { type Call, endpoint } from "./endpoint.ts";

const createParameters = { ...methodFields, customer: notEmulated(), payment_method: notEmulated() };

const updateParameters = {
  allow_redisplay: allowRedisplay,
  billing_details: billingDetails,
  card: hash({ exp_month: integer(1, 12), exp_year: integer(2000, 2100), networks: notEmulated() }),
  metadata: metadata(),
  us_bank_account: hash({
    account_holder_type: oneOf("company", "individual"),
    account_type: oneOf("checking", "savings"),
  }),
} satisfies Record<Exclude<keyof Stripe.PaymentMethodUpdateParams, "expand">, unknown>;

const filters = { ...pageParameters, allow_redisplay: allowRedisplay, type: oneOf(...METHOD_TYPE_NAMES) };
const listParameters = {
  ...filters,
  customer: string(),
  customer_account: notEmulated(),
} satisfies Record<Exclude<keyof Stripe.PaymentMethodListParams, "expand">, unknown>;

export const paymentMethodEndpoints = [
  endpoint(
    "POST",
    "/v1/payment_methods",
    createParameters,
    ({ context, publishable }, fields) => createPaymentMethod(context, fields, publishable),
    "publishable",
  ),
  endpoint("GET", "/v1/payment_methods", listParameters, ({ context, path }, { customer, ...filter }) => {
    if (customer !== undefined) context.store.get("customer", customer, "customer");
    return listMethods(context, path, customer, filter);
  }),
  endpoint("GET", "/v1/payment_methods/:id", {}, ({ context, id }) => resolvePaymentMethod(context, id)),
  endpoint("POST", "/v1/payment_methods/:id", updateParameters, update),
  endpoint(
    "POST",
    "/v1/payment_methods/:id/attach",
    { customer: required(string()), customer_account: notEmulated() },
    ({ context, id }, { customer }) => {
      context.store.get("customer", customer, "customer");
      return attachPaymentMethod(context, resolvePaymentMethod(context, id), customer);
    },
  ),
  endpoint("POST", "/v1/payment_methods/:id/detach", {}, detach),
  endpoint("GET", "/v1/customers/:id/payment_methods", filters, ({ context, id, path }, filter) => {
    context.store.get("customer", id);
    return listMethods(context, path, id, filter);
  }),
  endpoint("GET", "/v1/customers/:id/payment_methods/:item", {}, ({ context, id, itemId }) => {
    context.store.get("customer", id);
    const method = context.store.find("payment_method", itemId);
    if (method?.customer === id) return method;
    throw resourceMissing("payment_method", itemId, "payment_method");
  }),
];

/** Only methods of a customer are listed; without `customer` there are none. */
function listMethods(
  { store }: Context,
  path: string,
  customer: string | undefined,
  { type, allow_redisplay: redisplay, ...paging }: Parsed<typeof filters>,
): Stripe.ApiList<Stripe.PaymentMethod> {
  return page(
    store.all("payment_method"),
    paging,
    path,
    (method) =>
      method.customer !== null &&
      method.customer === customer &&
      (type === undefined || method.type === type) &&
      (redisplay === undefined || method.allow_redisplay === redisplay),
  );
}

function update({ context, id }: Call, parameters: Parsed<typeof updateParameters>): Stripe.PaymentMethod {
  const { billing_details: billing, card, us_bank_account: bank, metadata: given, ...fields } = parameters;
  const before = context.store.get("payment_method", id);
  if (before.customer === null) {
    throw invalidRequest("You must attach this PaymentMethod to a customer before you can update it.");
  }
  const foreign = card !== undefined && before.card === undefined ? "card" : undefined;
  const foreignBank =
    bank !== undefined && before.us_bank_account === undefined ? "us_bank_account" : foreign;
  if (foreignBank !== undefined) {
    const message = `You passed ${foreignBank}, but the payment method is of the type ${before.type}.`;
    throw invalidRequest(message, "parameter_unknown", foreignBank);
  }
  const { address: place, ...contact } = billing ?? {};
  const after = context.store.patch("payment_method", before, {
    ...fields,
    metadata: changedMetadata(before.metadata ?? {}, given),
    billing_details: {
      ...before.billing_details,
      ...contact,
      ...present({
        address: place === undefined ? undefined : completeAddress(place ?? {}),
      }),
    },
    ...present({
      card: before.card && { ...before.card, ...card },
      us_bank_account: before.us_bank_account && { ...before.us_bank_account, ...bank },
    }),
  });
  context.emit("payment_method.updated", after, previousAttributes(before, after));
  return after;
}

function detach({ context, id }: Call): Stripe.PaymentMethod {
  const { store } = context;
  const before = store.get("payment_method", id);
  if (before.customer === null) {
    throw invalidRequest(
      "The payment method you provided is not attached to a customer so detachment is impossible.",
    );
  }
  const customer = store.find("customer", String(before.customer));
  if (customer?.invoice_settings.default_payment_method === id) {
    const settings = { ...customer.invoice_settings, default_payment_method: null };
    store.patch("customer", customer, { invoice_settings: settings });
  }
  const after = store.patch("payment_method", before, { customer: null });
  context.emit("payment_method.detached", after, { customer: before.customer });
  return after;
}
