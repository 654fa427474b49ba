/** Charges without a payment intent, of a token or of a customer's source. https://docs.stripe.com/api/charges */
import type Stripe from "stripe";
import { present } from "../present.ts";
import { invalidRequest, StripeApiError } from "../protocol/errors.ts";
import { newId } from "../protocol/ids.ts";
import type { Context } from "../state/context.ts";
import { previousAttributes } from "../state/emit-event.ts";
import { afterPayment } from "./after-payment.ts";
import { methodOfBank } from "./bank-source.ts";
import { sourceCardOf } from "./card-details.ts";
import { cardOfToken } from "./card-source.ts";
import { type ChargeOrder, captureCharge, settleCharge, storeCharge } from "./charge.ts";
import { type LegacySource, sourceOf } from "./customer-source.ts";
import { AUTHENTICATION_REQUIRED, type Decline } from "./decline.ts";
import { storeCardMethod } from "./payment-method.ts";
import { behaviourOf, type CardBehaviour, UNKNOWN_CARD } from "./test-cards.ts";

/** How long a bank takes to decide about a debit. */
const DEBIT_SECONDS = 60;

/**
 * Charges a token, or a source of the customer, by default the default one: `charge.succeeded`, or `charge.failed` and a 402.
 * Without `capture` the money is only held.
 */
export function chargeCard(
  context: Context,
  order: Omit<ChargeOrder, "source">,
  source: string | undefined,
  capture: boolean,
): Stripe.Charge {
  const { method, card } = sourceToCharge(context, order.customer, source);
  if (method.card === undefined) return startLegacyDebit(context, { ...order, source: card }, method);
  const onFile = context.store.cardsOnFile.get(method.id);
  const behaviour = behaviourOf(onFile?.testCard ?? UNKNOWN_CARD);
  const decline = declineOf(behaviour, onFile?.setUp ?? false);
  const charge = storeCharge(context, { ...order, source: card }, method, {
    result: decline ?? "succeeded",
    ...{ capture, authenticated: false },
  });
  if (decline !== undefined) {
    context.emit("charge.failed", charge);
    throw new StripeApiError(402, {
      ...{ type: "card_error", code: decline.code, message: decline.message, charge: charge.id },
      ...present({
        advice_code: decline.adviceCode,
        decline_code: decline.declineCode,
        param: decline.param,
      }),
    });
  }
  context.emit("charge.succeeded", charge);
  if (capture) afterPayment(context, charge, behaviour);
  return context.store.get("charge", charge.id);
}

/** Takes the money that a charge holds, or a part of it: `charge.captured`. Throws a 400 for a charge that holds none. */
export function captureLegacyCharge(
  context: Context,
  charge: Stripe.Charge,
  amount = charge.amount,
): Stripe.Charge {
  if (charge.captured) {
    throw invalidRequest(`Charge ${charge.id} has already been captured.`, "charge_already_captured");
  }
  if (charge.status !== "succeeded" || charge.refunded) {
    throw invalidRequest(
      `Charge ${charge.id} cannot be captured: its money is no longer held.`,
      "charge_expired_for_capture",
    );
  }
  if (amount > charge.amount) {
    const message = `The amount to capture (${amount}) is more than the amount of the charge (${charge.amount}).`;
    throw invalidRequest(message, "amount_too_large", "amount");
  }
  const captured = captureCharge(context, charge, amount, true);
  context.emit("charge.captured", captured, previousAttributes(charge, captured));
  const onFile = context.store.cardsOnFile.get(String(charge.payment_method));
  afterPayment(context, captured, behaviourOf(onFile?.testCard ?? UNKNOWN_CARD));
  return context.store.get("charge", charge.id);
}

/** A bank account is debited: `charge.pending`. */
function startLegacyDebit(context: Context, order: ChargeOrder, method: Stripe.PaymentMethod): Stripe.Charge {
  if (order.currency !== "usd") {
    throw invalidRequest(
      "A bank account of the United States can only be charged in usd.",
      undefined,
      "currency",
    );
  }
  const charge = storeCharge(context, order, method, {
    ...{ result: "pending", capture: true, authenticated: false },
  });
  context.emit("charge.pending", charge);
  return charge;
}

/** When a bank decides about a charge without an intent, in unix seconds; undefined for one that is not pending. */
export function legacyDebitDueAt({
  status,
  payment_intent: intent,
  created,
}: Stripe.Charge): number | undefined {
  return status === "pending" && intent === null ? created + DEBIT_SECONDS : undefined;
}

/** The bank has paid: `charge.succeeded`. */
export function legacyDebitArrives(context: Context, charge: Stripe.Charge): void {
  context.emit("charge.succeeded", settleCharge(context, charge, "succeeded"));
}

/** A charge cannot ask the customer to authenticate. */
function declineOf(behaviour: CardBehaviour, isSetUp: boolean): Decline | undefined {
  if (behaviour.kind === "declines") return behaviour.decline;
  if (behaviour.kind !== "authenticates" || behaviour.when === "on_session") return undefined;
  return behaviour.when === "unless_set_up" && isSetUp ? undefined : AUTHENTICATION_REQUIRED;
}

function sourceToCharge(
  context: Context,
  customer: ChargeOrder["customer"],
  source: string | undefined,
): { method: Stripe.PaymentMethod; card: LegacySource } {
  const { store } = context;
  const owner = typeof customer === "string" ? store.get("customer", customer, "customer") : undefined;
  const chosen = source ?? owner?.default_source;
  if (typeof chosen !== "string") {
    if (owner === undefined) {
      throw invalidRequest("Must provide source or customer.", "parameter_missing");
    }
    throw invalidRequest("Cannot charge a customer that has no active card", "missing", "card");
  }
  if (/^(card|ba)_/.test(chosen)) {
    if (owner === undefined) {
      const message = `The source ${chosen} belongs to a customer: pass the customer, too.`;
      throw invalidRequest(message, "missing", "customer");
    }
    const card = sourceOf(context, owner.id, chosen, "source", 400);
    const method = card.object === "card" ? store.get("payment_method", chosen) : methodOfBank(context, card);
    return { method, card };
  }
  const { card, testCard, billing } = cardOfToken(context, chosen, "source");
  const id = newId("card");
  const method = storeCardMethod(context, card, testCard, {
    id,
    billing_details: present({ name: billing.name ?? undefined, address: billing.address ?? undefined }),
  });
  return { method, card: sourceCardOf(id, card, method.billing_details) };
}
