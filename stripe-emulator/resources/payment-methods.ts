import type Stripe from "stripe";
import {
  attachPaymentMethod,
  cardPaymentMethodFields,
  createCardPaymentMethod,
  resolvePaymentMethod,
} from "../payments/payment-method.ts";
import { present } from "../present.ts";
import { invalidRequest } from "../protocol/errors.ts";
import { page } from "../protocol/pagination.ts";
import { changedMetadata, completeAddress, metadata, pageParameters } from "../protocol/parameter-kinds.ts";
import { hash, integer, oneOf, type Parsed, required, string } from "../protocol/parameters.ts";
import { type Call, endpoint } from "./endpoint.ts";

const updateParameters = {
  allow_redisplay: cardPaymentMethodFields.allow_redisplay,
  billing_details: cardPaymentMethodFields.billing_details,
  card: hash({ exp_month: integer(1, 12), exp_year: integer(2000, 2100) }),
  metadata: metadata(),
};
const listParameters = { ...pageParameters, customer: string(), type: oneOf("card") };

export const paymentMethodEndpoints = [
  endpoint(
    "POST",
    "/v1/payment_methods",
    cardPaymentMethodFields,
    ({ context, publishable }, fields) => createCardPaymentMethod(context, fields, publishable),
    "publishable",
  ),
  endpoint(
    "GET",
    "/v1/payment_methods",
    listParameters,
    ({ context, path }, { customer, type: _card, ...paging }) =>
      page(attachedTo(context.store.all("payment_method"), customer), paging, path),
  ),
  endpoint("GET", "/v1/payment_methods/:id", {}, ({ context, id }) => resolvePaymentMethod(context, id)),
  endpoint("POST", "/v1/payment_methods/:id", updateParameters, update),
  endpoint(
    "POST",
    "/v1/payment_methods/:id/attach",
    { customer: required(string()) },
    ({ context, id }, { customer }) => {
      context.store.get("customer", customer, "customer");
      return attachPaymentMethod(context, resolvePaymentMethod(context, id), customer);
    },
  ),
  endpoint("POST", "/v1/payment_methods/:id/detach", {}, detach),
  endpoint(
    "GET",
    "/v1/customers/:id/payment_methods",
    { ...pageParameters, type: oneOf("card") },
    ({ context, id, path }, { type: _card, ...paging }) => {
      context.store.get("customer", id);
      return page(attachedTo(context.store.all("payment_method"), id), paging, path);
    },
  ),
];

function update({ context, id }: Call, parameters: Parsed<typeof updateParameters>): Stripe.PaymentMethod {
  const { billing_details: billing, card, metadata: given, ...fields } = parameters;
  const before = context.store.get("payment_method", id);
  if (before.customer === null) {
    throw invalidRequest("You must attach this PaymentMethod to a customer before you can update it.");
  }
  const { address: place, ...contact } = billing ?? {};
  const after = context.store.patch("payment_method", before, {
    ...fields,
    metadata: changedMetadata(before.metadata ?? {}, given),
    billing_details: {
      ...before.billing_details,
      ...contact,
      ...present({ address: place && completeAddress(place) }),
    },
    ...present({ card: before.card && { ...before.card, ...card } }),
  });
  context.emit("payment_method.updated", after);
  return after;
}

function detach({ context, id }: Call): Stripe.PaymentMethod {
  const before = context.store.get("payment_method", id);
  if (before.customer === null) {
    throw invalidRequest(
      "The payment method you provided is not attached to a customer so detachment is impossible.",
    );
  }
  const after = context.store.patch("payment_method", before, { customer: null });
  context.emit("payment_method.detached", after, { customer: before.customer });
  return after;
}

/** Only methods of a customer are listed; without `customer` there are none. */
function attachedTo(
  methods: readonly Stripe.PaymentMethod[],
  customer: string | undefined,
): Stripe.PaymentMethod[] {
  return methods.filter((method) => method.customer !== null && method.customer === customer);
}
