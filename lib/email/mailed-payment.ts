/**
 * The payment that a mail is about. Its amount and currency come from Stripe, never from the mail's data: a caller can
 * mistake cents for dollars, or leave out the currency. Pure.
 */
import { type FieldIssue, invalidField } from "../errors.ts";
import { paymentIntentIdOf } from "../pay-link/pay-token.ts";
import { present } from "../present.ts";
import { entryOf, numberOf, textOf } from "../untrusted.ts";
import { invalidData } from "./invalid-data.ts";

type Data = Readonly<Record<string, unknown>>;

/** Where a template's data names the payment. */
const FIELDS: Readonly<Record<string, "clientSecret" | "paymentIntentId" | "paymentId">> = {
  "payment-link": "clientSecret",
  "payment-failed": "paymentIntentId",
  "payment-failed-admin": "paymentId",
};

export interface MailedPayment {
  readonly objectType: "payment_intent" | "invoice";
  /** `pi_...` or `in_...` */
  readonly id: string;
  /** The field of the data that names it. */
  readonly field: string;
}

/**
 * The payment that the data of this template names; undefined if it names none. Throws VALIDATION_FAILED for text that
 * is not a client secret.
 */
export function mailedPayment(template: string, data: Data): MailedPayment | undefined {
  const field = entryOf(FIELDS, template);
  const value = field === undefined ? undefined : textOf(data[field]);
  if (field === undefined || value === undefined) return undefined;
  const id = field === "clientSecret" ? paymentIntentIdOf(value) : value;
  if (id === undefined) throw invalidField(`data.${field}`, "must be the client secret of a payment intent");
  return { objectType: id.startsWith("in_") ? "invoice" : "payment_intent", id, field };
}

/**
 * The data with the payment's own amount, currency and, for the link's end, time of creation. `found` is the payment at Stripe; undefined if it has none.
 * Throws VALIDATION_FAILED for a payment that is not at Stripe, and for other values.
 */
export function withPaymentsFacts(data: Data, payment: MailedPayment, found: Data | undefined): Data {
  const { field, objectType } = payment;
  const kind = objectType === "invoice" ? "invoice" : "payment intent";
  const isTheirs = field !== "clientSecret" || found?.client_secret === data.clientSecret;
  const amount = found && numberOf(objectType === "invoice" ? found.amount_due : found.amount);
  const currency = textOf(found?.currency);
  if (amount === undefined || currency === undefined || !isTheirs) {
    throw invalidField(`data.${field}`, `does not belong to a ${kind} of this Stripe account`);
  }
  const issues: FieldIssue[] = [];
  if (data.amount !== amount) {
    const message = `must be ${amount}, the amount of the ${kind} in the smallest unit of ${currency}`;
    issues.push({ path: "amount", message });
  }
  if (data.currency !== undefined && data.currency !== currency) {
    issues.push({ path: "currency", message: `must be "${currency}", the currency of the ${kind}` });
  }
  const createdAt = field === "paymentIntentId" ? numberOf(found?.created) : undefined;
  if (data.createdAt !== undefined && data.createdAt !== createdAt) {
    issues.push({ path: "createdAt", message: `must be ${createdAt}, when the ${kind} was created` });
  }
  if (issues.length > 0) throw invalidData({ issues });
  return { ...data, amount, currency, ...present({ createdAt }) };
}
