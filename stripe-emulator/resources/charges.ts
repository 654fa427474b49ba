import type Stripe from "stripe";
import { captureLegacyCharge, chargeCard } from "../payments/legacy-charge.ts";
import { invalidRequest } from "../protocol/errors.ts";
import { inRange, page } from "../protocol/pagination.ts";
import {
  changedMetadata,
  completeShipping,
  currency,
  email,
  metadata,
  pageParameters,
  range,
  shipping,
} from "../protocol/parameter-kinds.ts";
import {
  boolean,
  emptyable,
  hash,
  integer,
  notEmulated,
  oneOf,
  type Parsed,
  required,
  string,
} from "../protocol/parameters.ts";
import { previousAttributes } from "../state/emit-event.ts";
import { type Call, endpoint } from "./endpoint.ts";
import { assertAmount } from "./payment-intent-checks.ts";

const createParameters = {
  amount: required(integer(1)),
  capture: boolean(),
  currency: required(currency()),
  customer: string(),
  description: string(1000),
  metadata: metadata(),
  receipt_email: email(),
  shipping: shipping(),
  source: string(),
  statement_descriptor: string(22),
  statement_descriptor_suffix: string(22),
  transfer_group: string(),
  application_fee: notEmulated(),
  application_fee_amount: notEmulated(),
  destination: notEmulated(),
  on_behalf_of: notEmulated(),
  radar_options: notEmulated(),
  transfer_data: notEmulated(),
} satisfies Record<Exclude<keyof Stripe.ChargeCreateParams, "expand">, unknown>;

const captureParameters = {
  amount: integer(1),
  receipt_email: email(),
  statement_descriptor: string(22),
  statement_descriptor_suffix: string(22),
  transfer_group: string(),
  application_fee: notEmulated(),
  application_fee_amount: notEmulated(),
  transfer_data: notEmulated(),
} satisfies Record<Exclude<keyof Stripe.ChargeCaptureParams, "expand">, unknown>;

const listParameters = {
  ...pageParameters,
  created: range(),
  customer: string(),
  payment_intent: string(),
  transfer_group: string(),
} satisfies Record<Exclude<keyof Stripe.ChargeListParams, "expand">, unknown>;

const updateParameters = {
  description: emptyable(string(500)),
  fraud_details: hash({ user_report: emptyable(oneOf("fraudulent", "safe")) }),
  metadata: metadata(),
  receipt_email: emptyable(email()),
  shipping: shipping(),
  transfer_group: string(),
  customer: notEmulated(),
} satisfies Record<Exclude<keyof Stripe.ChargeUpdateParams, "expand">, unknown>;

export const chargeEndpoints = [
  endpoint("POST", "/v1/charges", createParameters, create),
  endpoint(
    "GET",
    "/v1/charges",
    listParameters,
    ({ context, path }, { created, customer, payment_intent: intent, transfer_group: group, ...paging }) =>
      page(
        context.store.all("charge"),
        paging,
        path,
        (charge) =>
          inRange(charge.created, created) &&
          (customer === undefined || charge.customer === customer) &&
          (intent === undefined || charge.payment_intent === intent) &&
          (group === undefined || charge.transfer_group === group),
      ),
  ),
  endpoint("GET", "/v1/charges/:id", {}, ({ context, id }) => context.store.get("charge", id)),
  endpoint("POST", "/v1/charges/:id", updateParameters, update),
  endpoint("POST", "/v1/charges/:id/capture", captureParameters, capture),
  endpoint("GET", "/v1/charges/:id/refunds", pageParameters, ({ context, id, path }, paging) => {
    context.store.get("charge", id);
    return page(context.store.all("refund"), paging, path, (refund) => refund.charge === id);
  }),
];

function create({ context }: Call, parameters: Parsed<typeof createParameters>): Stripe.Charge {
  const { amount, currency: code, customer, source, capture: captures = true } = parameters;
  assertAmount(amount, code);
  return chargeCard(
    context,
    {
      amount,
      currency: code,
      customer: customer ?? null,
      description: parameters.description ?? null,
      metadata: changedMetadata({}, parameters.metadata),
      payment_intent: null,
      receipt_email: parameters.receipt_email ?? null,
      shipping: parameters.shipping ? completeShipping(parameters.shipping) : null,
      statement_descriptor: parameters.statement_descriptor ?? null,
      statement_descriptor_suffix: parameters.statement_descriptor_suffix ?? null,
      transfer_group: parameters.transfer_group ?? null,
    },
    source,
    captures,
  );
}

function capture(
  { context, id }: Call,
  { amount, ...fields }: Parsed<typeof captureParameters>,
): Stripe.Charge {
  const charge = context.store.get("charge", id);
  if (charge.payment_intent !== null) {
    throw invalidRequest(
      `This charge belongs to the PaymentIntent ${charge.payment_intent}: capture that instead.`,
      "charge_invalid_parameter",
      "charge",
    );
  }
  return captureLegacyCharge(context, context.store.patch("charge", charge, fields), amount);
}

function update(
  { context, id }: Call,
  { metadata: given, shipping: to, fraud_details: fraud, ...fields }: Parsed<typeof updateParameters>,
): Stripe.Charge {
  const before = context.store.get("charge", id);
  const after = context.store.patch("charge", before, {
    ...fields,
    ...(to === undefined ? {} : { shipping: completeShipping(to) }),
    ...(fraud === undefined
      ? {}
      : { fraud_details: fraud.user_report ? { user_report: fraud.user_report } : {} }),
    metadata: changedMetadata(before.metadata, given),
  });
  context.emit("charge.updated", after, previousAttributes(before, after));
  return after;
}
