import type Stripe from "stripe";
import { refundCharge, updateRefund } from "../payments/refund.ts";
import { invalidRequest } from "../protocol/errors.ts";
import { inRange, page } from "../protocol/pagination.ts";
import { changedMetadata, email, metadata, pageParameters, range } from "../protocol/parameter-kinds.ts";
import { boolean, integer, notEmulated, oneOf, type Parsed, string } from "../protocol/parameters.ts";
import type { Context } from "../state/context.ts";
import { type Call, endpoint } from "./endpoint.ts";

const createParameters = {
  amount: integer(1),
  charge: string(),
  instructions_email: email(),
  metadata: metadata(),
  payment_intent: string(),
  reason: oneOf("duplicate", "fraudulent", "requested_by_customer"),
  refund_application_fee: boolean(),
  reverse_transfer: boolean(),
  currency: notEmulated(),
  customer: notEmulated(),
  origin: notEmulated(),
} satisfies Record<Exclude<keyof Stripe.RefundCreateParams, "expand">, unknown>;
const listParameters = { ...pageParameters, charge: string(), created: range(), payment_intent: string() };

export const refundEndpoints = [
  endpoint("POST", "/v1/refunds", createParameters, create),
  endpoint(
    "GET",
    "/v1/refunds",
    listParameters,
    ({ context, path }, { charge, created, payment_intent: intent, ...paging }) =>
      page(
        context.store.all("refund"),
        paging,
        path,
        (refund) =>
          inRange(refund.created, created) &&
          (charge === undefined || refund.charge === charge) &&
          (intent === undefined || refund.payment_intent === intent),
      ),
  ),
  endpoint("GET", "/v1/refunds/:id", {}, ({ context, id }) => context.store.get("refund", id)),
  endpoint("POST", "/v1/refunds/:id", { metadata: metadata() }, ({ context, id }, { metadata: given }) => {
    const before = context.store.get("refund", id);
    return updateRefund(context, before, { metadata: changedMetadata(before.metadata ?? {}, given) });
  }),
  endpoint("POST", "/v1/refunds/:id/cancel", {}, ({ context, id }) => {
    const { status } = context.store.get("refund", id);
    throw invalidRequest(
      `You can only cancel a refund with the status requires_action; the status of this one is ${status}.`,
      "status_transition_invalid",
    );
  }),
];

function create({ context }: Call, parameters: Parsed<typeof createParameters>): Stripe.Refund {
  assertNoTransfer(parameters);
  return refundCharge(context, chargeToRefund(context, parameters), {
    amount: parameters.amount,
    metadata: changedMetadata({}, parameters.metadata),
    reason: parameters.reason ?? null,
  });
}

/** No payment of the emulator has a transfer or an application fee, so there is none to reverse. */
function assertNoTransfer({
  refund_application_fee: refundsFee,
  reverse_transfer: reverses,
}: Parsed<typeof createParameters>): void {
  if (refundsFee) {
    throw invalidRequest(
      "Attempting to refund_application_fee on a charge that has no application fee",
      undefined,
      "refund_application_fee",
    );
  }
  if (reverses) {
    throw invalidRequest(
      "Cannot reverse the transfer of this charge because it does not have an associated transfer.",
      undefined,
      "reverse_transfer",
    );
  }
}

function chargeToRefund(
  context: Context,
  { charge, payment_intent: intentId }: Parsed<typeof createParameters>,
): Stripe.Charge {
  if (charge !== undefined && intentId !== undefined) {
    const found = context.store.get("charge", charge, "charge");
    if (found.payment_intent === intentId) return chargedMoney(found, "charge");
    const message = `The charge ${charge} does not belong to the PaymentIntent ${intentId}.`;
    throw invalidRequest(message, undefined, "payment_intent");
  }
  if (charge !== undefined) return chargedMoney(context.store.get("charge", charge, "charge"), "charge");
  if (intentId === undefined) {
    throw invalidRequest(
      "One of the following params should be provided: payment_intent, charge.",
      "parameter_missing",
      "payment_intent",
    );
  }
  const intent = context.store.get("payment_intent", intentId, "payment_intent");
  const latest = context.store.find("charge", String(intent.latest_charge));
  if (latest?.paid) return chargedMoney(latest, "payment_intent");
  throw invalidRequest(
    `This PaymentIntent (${intentId}) does not have a successful charge to refund.`,
    undefined,
    "payment_intent",
  );
}

/** Throws a 400 for the charge of a payment intent that only holds the money. */
function chargedMoney(charge: Stripe.Charge, param: string): Stripe.Charge {
  if (charge.payment_intent === null || !charge.paid || charge.amount_captured > 0) return charge;
  throw invalidRequest(
    `The PaymentIntent ${charge.payment_intent} was not captured, so there is nothing to refund. Cancel it to release the money.`,
    "charge_not_refundable",
    param,
  );
}
