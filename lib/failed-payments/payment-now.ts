/** A failed payment as it is at Stripe now: whether it is still due, where to pay it, and the payer's address. */

import { Problem } from "../errors.ts";
import { objectPath } from "../events/object-paths.ts";
import type { ReadStripe } from "../events/resolve-event.ts";
import { mayBePaidElsewhere, nextStepOf } from "../stripe/next-step.ts";
import { type Fields, fieldOf, fieldsOf, numberOf, textOf, textsOf } from "../untrusted.ts";
import { givenAddress, isAddress } from "./given-address.ts";
import { intentsOfInvoice } from "./intents-of-invoice.ts";

export type PaymentNow =
  | { readonly state: "paid" }
  /** Canceled, void or uncollectible. */
  | { readonly state: "ended" }
  /** Stripe does not have it under our key, and Stripe keeps every payment: it is another account's. */
  | { readonly state: "missing" }
  /** An attempt is in progress, or the payer may have paid elsewhere, as with a voucher. */
  | { readonly state: "underway" }
  | DuePayment;

export interface DuePayment {
  readonly state: "due";
  /** In the currency's smallest unit. */
  readonly amount: number;
  readonly currency: string;
  /** The address that the application gave for the payer; undefined if it gave none. Never stored, never logged. */
  readonly email: string | undefined;
  /** The customer's `preferred_locales`, the first one first. */
  readonly languages: readonly string[];
  /** Data for the mail's link: see the template payment-failed. `createdAt` is in Unix seconds. */
  readonly link:
    | { readonly paymentIntentId: string; readonly createdAt: number }
    | { readonly invoiceUrl: string }
    | undefined;
}

/**
 * `paymentId` is the id of an invoice (`in_...`) or a payment intent. One that Stripe does not have is missing.
 */
export async function paymentNow(paymentId: string, read: ReadStripe): Promise<PaymentNow> {
  const isInvoice = paymentId.startsWith("in_");
  const path = objectPath(isInvoice ? "invoice" : "payment_intent", paymentId);
  if (path === undefined) return { state: "ended" };
  const found = await read(path, { expand: ["customer"] });
  if (found === undefined) return { state: "missing" };
  if (found.deleted === true) return { state: "ended" };
  return isInvoice ? invoiceNow(paymentId, found, read) : intentNow(paymentId, found, read);
}

async function invoiceNow(invoiceId: string, invoice: Fields, read: ReadStripe): Promise<PaymentNow> {
  switch (invoice.status) {
    case "open": {
      const intents = await intentsOfInvoice(invoiceId, read);
      if (intents.some((intent) => isUnderway(fieldsOf(intent)))) return { state: "underway" };
      const invoiceUrl = textOf(invoice.hosted_invoice_url);
      return {
        state: "due",
        amount: numberOf(invoice.amount_remaining) ?? numberOf(invoice.amount_due) ?? 0,
        currency: currencyOf(invoice),
        email: [textOf(invoice.customer_email)].find(isAddress),
        languages: languagesOf(invoice),
        link: invoiceUrl ? { invoiceUrl } : undefined,
      };
    }
    case "paid":
      return { state: "paid" };
    default:
      return { state: "ended" };
  }
}

/** Whether an attempt is in progress, or the payer may have paid elsewhere: another mail could make someone pay twice. */
function isUnderway(intent: Fields): boolean {
  const step = nextStepOf(intent);
  return step === undefined ? intent.status === "processing" : mayBePaidElsewhere(step);
}

async function intentNow(paymentIntentId: string, intent: Fields, read: ReadStripe): Promise<PaymentNow> {
  switch (intent.status) {
    case "requires_payment_method":
    case "requires_confirmation":
    case "requires_action": {
      if (isUnderway(intent)) return { state: "underway" };
      return {
        state: "due",
        amount: numberOf(intent.amount) ?? 0,
        currency: currencyOf(intent),
        email: await givenAddress(intent, read),
        languages: languagesOf(intent),
        link: { paymentIntentId, createdAt: numberOf(intent.created) ?? 0 },
      };
    }
    case "succeeded":
      return { state: "paid" };
    case "canceled":
      return { state: "ended" };
    default:
      return { state: "underway" };
  }
}

const languagesOf = ({ customer }: Fields) => textsOf(fieldOf(customer, "preferred_locales"));

/** Never guessed: 500 yen must not become five dollars. */
function currencyOf(payment: Fields): string {
  const currency = textOf(payment.currency);
  if (currency) return currency;
  throw new Problem("BAD_GATEWAY", "Stripe returned a payment without a currency");
}
