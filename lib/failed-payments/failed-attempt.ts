/**
 * The failed attempt that an event reports. For one failed attempt to pay an invoice, Stripe sends two events: the
 * payment intent's, with the charge and the decline code, and the invoice's, with neither. So every attempt that
 * reached a card, for an invoice or not, is counted by the intent's event. The invoice's event counts only attempts
 * without an intent's event.
 */

import { Problem } from "../errors.ts";
import type { AppliedEvent } from "../events/projection.ts";
import type { ReadStripe } from "../events/resolve-event.ts";
import { present } from "../present.ts";
import { mayBePaidElsewhere, nextStepOf } from "../stripe/next-step.ts";
import { idOf, listed } from "../stripe/stripe-fields.ts";
import { fieldOf, fieldsOf, numberOf, textOf } from "../untrusted.ts";
import type { FailedAttempt } from "./failed-payment.ts";
import { intentsOfInvoice } from "./intents-of-invoice.ts";

/** Undefined if the event reports none, or another event does. Asks Stripe which invoice a payment intent pays. */
export async function failedAttempt(
  applied: AppliedEvent,
  read: ReadStripe,
): Promise<FailedAttempt | undefined> {
  switch (applied.event.type) {
    case "payment_intent.payment_failed":
      return attemptOfIntent(applied, read);
    case "invoice.payment_failed":
      return attemptOfInvoice(applied, read);
    default:
      return undefined;
  }
}

async function attemptOfIntent({ event, told }: AppliedEvent, read: ReadStripe): Promise<FailedAttempt> {
  const { object } = event;
  const { charge, payment_method: method, advice_code: advice } = fieldsOf(object.last_payment_error);
  return {
    paymentId: (await invoicePaidBy(object.id, read)) ?? object.id,
    // A payer who fails to authenticate is not charged, so the intent has no charge.
    key: idOf(charge) ?? `${idOf(method) ?? object.id}:${event.created}`,
    ...present({ declineCode: codeIn(told.declineCode), adviceCode: codeIn(textOf(advice)) }),
    failedAt: event.created,
    ...moneyOf(numberOf(object.amount), told),
  };
}

/** Intents have no field for it: https://docs.stripe.com/api/invoice-payment/list */
async function invoicePaidBy(paymentIntentId: string, read: ReadStripe): Promise<string | undefined> {
  const payments = await read("/v1/invoice_payments", {
    "payment[type]": "payment_intent",
    "payment[payment_intent]": paymentIntentId,
  });
  const [payment] = listed(payments);
  return idOf(fieldOf(payment, "invoice"));
}

async function attemptOfInvoice(
  { event, told }: AppliedEvent,
  read: ReadStripe,
): Promise<FailedAttempt | undefined> {
  const { object } = event;
  const declineCode = codeWithoutAttempt(await intentsOfInvoice(object.id, read));
  if (declineCode === undefined) return undefined;
  return {
    paymentId: object.id,
    key: `${object.id}:${told.attemptCount ?? 0}`,
    declineCode,
    failedAt: event.created,
    ...moneyOf(numberOf(object.amount_remaining) ?? told.amount, told),
  };
}

/** Why an invoice failed although none of its intents did; undefined if one of them was attempted. */
function codeWithoutAttempt(intents: readonly unknown[]): string | undefined {
  const wasTried = intents.some(
    (intent) =>
      idOf(fieldOf(intent, "latest_charge")) !== undefined || fieldOf(intent, "last_payment_error") != null,
  );
  if (wasTried) return undefined;
  const steps = intents.map((intent) => nextStepOf(fieldsOf(intent)));
  if (steps.some((step) => step !== undefined && mayBePaidElsewhere(step))) return undefined;
  const statuses = new Set(intents.map((intent) => textOf(fieldOf(intent, "status"))));
  if (statuses.has("requires_action")) return "authentication_required";
  return [...statuses].every((status) => status === "requires_payment_method")
    ? "no_payment_method"
    : undefined;
}

/** Stripe's codes are one word; anything else must not become a metric's dimension or reach a log. */
function codeIn(code: string | undefined): string | undefined {
  return code !== undefined && /^\w{1,64}$/.test(code) ? code : undefined;
}

/** Throws BAD_GATEWAY if Stripe names no amount or currency: the mails about the payment must not guess them. */
function moneyOf(amount: number | undefined, { currency, customerId }: AppliedEvent["told"]) {
  if (amount === undefined || !currency)
    throw new Problem("BAD_GATEWAY", "Stripe sent a payment without an amount or a currency");
  return { amount, currency, ...present({ customerId }) };
}
