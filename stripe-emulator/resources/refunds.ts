import type Stripe from "stripe";
import { storeBalanceTransaction } from "../payments/charge.ts";
import { behaviourOf, UNKNOWN_CARD } from "../payments/test-cards.ts";
import { invalidRequest } from "../protocol/errors.ts";
import { newId } from "../protocol/ids.ts";
import { inRange, page } from "../protocol/pagination.ts";
import { changedMetadata, metadata, pageParameters, range } from "../protocol/parameter-kinds.ts";
import { integer, notEmulated, oneOf, type Parsed, string } from "../protocol/parameters.ts";
import type { Context } from "../state/context.ts";
import { previousAttributes } from "../state/emit-event.ts";
import { type Call, endpoint } from "./endpoint.ts";

const createParameters = {
  amount: integer(1),
  charge: string(),
  metadata: metadata(),
  payment_intent: string(),
  reason: oneOf("duplicate", "fraudulent", "requested_by_customer"),
  currency: notEmulated(),
  customer: notEmulated(),
  instructions_email: notEmulated(),
  origin: notEmulated(),
  refund_application_fee: notEmulated(),
  reverse_transfer: notEmulated(),
} satisfies Record<Exclude<keyof Stripe.RefundCreateParams, "expand">, unknown>;
const listParameters = { ...pageParameters, charge: string(), created: range(), payment_intent: string() };

export const refundEndpoints = [
  endpoint("POST", "/v1/refunds", createParameters, create),
  endpoint(
    "GET",
    "/v1/refunds",
    listParameters,
    ({ context, path }, { charge, created, payment_intent: intent, ...paging }) => {
      const isWanted = (refund: Stripe.Refund) =>
        inRange(refund.created, created) &&
        (charge === undefined || refund.charge === charge) &&
        (intent === undefined || refund.payment_intent === intent);
      return page(context.store.all("refund").filter(isWanted), paging, path);
    },
  ),
  endpoint("GET", "/v1/refunds/:id", {}, ({ context, id }) => context.store.get("refund", id)),
  endpoint("POST", "/v1/refunds/:id", { metadata: metadata() }, ({ context, id }, { metadata: given }) => {
    const before = context.store.get("refund", id);
    const after = context.store.patch("refund", before, {
      metadata: changedMetadata(before.metadata ?? {}, given),
    });
    context.emit("refund.updated", after, previousAttributes(before, after));
    return after;
  }),
];

/** Refunds a charge in whole or in part: `refund.created`, `charge.refunded`. For one test card {@link failRefund} follows. */
function create({ context }: Call, parameters: Parsed<typeof createParameters>): Stripe.Refund {
  const charge = chargeToRefund(context, parameters);
  const refundable = charge.amount_captured - refundedOf(context, charge);
  const amount = parameters.amount ?? refundable;
  if (refundable === 0)
    throw invalidRequest(`Charge ${charge.id} has already been refunded.`, "charge_already_refunded");
  if (amount > refundable) {
    const message = `Refund amount (${amount}) is greater than the unrefunded amount on the charge (${refundable}).`;
    throw invalidRequest(message, "amount_too_large", "amount");
  }
  if (charge.disputed) throw invalidRequest(`Charge ${charge.id} has been disputed.`, "charge_disputed");
  const id = newId("re");
  const transaction = storeBalanceTransaction(
    context,
    { id, currency: charge.currency },
    -amount,
    0,
    "refund",
  );
  const refund = context.store.put("refund", {
    id,
    object: "refund",
    amount,
    balance_transaction: transaction.id,
    charge: charge.id,
    created: context.clock.now(),
    currency: charge.currency,
    customer: charge.customer,
    customer_account: null,
    destination_details: {
      type: "card",
      card: { reference_status: "pending", reference_type: "acquirer_reference_number", type: "refund" },
    },
    metadata: changedMetadata({}, parameters.metadata),
    payment_intent: charge.payment_intent,
    payment_method: charge.payment_method,
    reason: parameters.reason ?? null,
    receipt_number: null,
    source_transfer_reversal: null,
    status: "succeeded",
    transfer_reversal: null,
  });
  const refunded = context.store.patch("charge", charge, {
    amount_refunded: charge.amount_refunded + amount,
    refunded: amount === refundable,
  });
  context.emit("refund.created", refund);
  context.emit("charge.refunded", refunded, previousAttributes(charge, refunded));
  const card = context.store.cardsOnFile.get(String(charge.payment_method));
  const fails = behaviourOf(card?.testCard ?? UNKNOWN_CARD).kind === "refund_fails";
  return fails ? failRefund(context, refund, refunded) : refund;
}

/** The bank returns the money: `refund.updated`, `refund.failed`, `charge.updated`. At Stripe that is later, here at once. */
function failRefund(context: Context, refund: Stripe.Refund, charge: Stripe.Charge): Stripe.Refund {
  const source = { id: refund.id, currency: refund.currency };
  const returned = storeBalanceTransaction(context, source, refund.amount, 0, "refund");
  const failed = context.store.patch("refund", refund, {
    status: "failed",
    failure_reason: "expired_or_canceled_card",
    failure_balance_transaction: returned.id,
  });
  const unrefunded = context.store.patch("charge", charge, {
    amount_refunded: charge.amount_refunded - refund.amount,
    refunded: false,
  });
  context.emit("refund.updated", failed, previousAttributes(refund, failed));
  context.emit("refund.failed", failed);
  context.emit("charge.updated", unrefunded, previousAttributes(charge, unrefunded));
  return refund;
}

function chargeToRefund(
  context: Context,
  { charge, payment_intent: intentId }: Parsed<typeof createParameters>,
): Stripe.Charge {
  if (charge !== undefined) return context.store.get("charge", charge, "charge");
  if (intentId === undefined) {
    throw invalidRequest(
      "One of the following params should be provided: payment_intent, charge.",
      "parameter_missing",
      "payment_intent",
    );
  }
  const intent = context.store.get("payment_intent", intentId, "payment_intent");
  const latest = context.store.find("charge", String(intent.latest_charge));
  if (latest?.captured) return latest;
  throw invalidRequest(
    `This PaymentIntent (${intentId}) does not have a successful charge to refund.`,
    undefined,
    "payment_intent",
  );
}

function refundedOf({ store }: Context, charge: Stripe.Charge): number {
  const refunds = store
    .all("refund")
    .filter((refund) => refund.charge === charge.id && refund.status !== "failed");
  return refunds.reduce((sum, refund) => sum + refund.amount, 0);
}
