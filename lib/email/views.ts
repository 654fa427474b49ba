/**
 * What a template's tags show, made from its data. Here a client secret becomes a link, and an amount becomes readable.
 */

import { declineAdvice, isWorthAnotherAttempt } from "../declines/decline-advice.ts";
import { declineMessage } from "../declines/decline-messages.ts";
import { invalidField } from "../errors.ts";
import { checkAmount } from "../money/check-amount.ts";
import { isCurrency } from "../money/currencies.ts";
import { formatMoney } from "../money/format-money.ts";
import { createPayToken, PAY_LINK_TTL_SECONDS, paymentIntentIdOf } from "../pay-link/pay-token.ts";
import { entryOf } from "../untrusted.ts";
import { invalidData } from "./invalid-data.ts";

export interface ViewContext {
  readonly appSecrets: readonly string[];
  /** Where payers reach this service, with or without a slash at the end. */
  readonly publicUrl: string;
  readonly now: Date;
}

type Data = Readonly<Record<string, unknown>>;
type View = (data: Data, context: ViewContext) => Data;

const VIEWS: Readonly<Record<string, View>> = {
  "payment-link": paymentLink,
  "payment-failed": paymentFailed,
  "payment-failed-admin": paymentFailedAdmin,
};

/**
 * The view of a template's checked data; data without a view of its own is shown as it is. Throws VALIDATION_FAILED, at
 * paths below `data`, for data that no view can be made of.
 */
export function viewOf(template: string, data: Data, context: ViewContext): Data {
  const view = entryOf(VIEWS, template);
  return view === undefined ? data : view(data, context);
}

function paymentLink(data: Data, context: ViewContext) {
  const paymentIntentId = paymentIntentIdOf(String(data.clientSecret));
  if (paymentIntentId === undefined) {
    throw invalidField("data.clientSecret", "must be the client secret of a payment intent");
  }
  const money = { amount: Number(data.amount), currency: String(data.currency) };
  const issues = checkAmount(money.amount, money.currency);
  if (issues.length > 0) throw invalidData(issues);
  return { ...payLink(paymentIntentId, context), amount: formatMoney(money) };
}

/** A new link stands in it only where the decline code leaves hope for another attempt. */
function paymentFailed(data: Data, context: ViewContext) {
  const code = data.declineCode === undefined ? undefined : String(data.declineCode);
  return {
    amount: amountOf(data),
    message: declineMessage(code),
    reminder: data.followUp !== undefined,
    ...(isWorthAnotherAttempt(declineAdvice(code)) ? linkOf(data, context) : {}),
  };
}

function linkOf(data: Data, context: ViewContext): { readonly link?: string; readonly expires?: string } {
  if (data.paymentIntentId !== undefined) return payLink(String(data.paymentIntentId), context);
  return data.invoiceUrl === undefined ? {} : { link: String(data.invoiceUrl) };
}

function paymentFailedAdmin(data: Data) {
  const id = String(data.paymentId);
  const place = id.startsWith("in_") ? "invoices" : "payments";
  return {
    ...data,
    amount: amountOf(data),
    declineCode: data.declineCode ?? "no code",
    byCode: data.reason === "code",
    link: `https://dashboard.stripe.com/${data.mode === "live" ? "" : "test/"}${place}/${id}`,
  };
}

/** What is left of an invoice may be less than Stripe charges at once: only the form is checked. */
function amountOf({ amount, currency }: Data): string {
  const money = { amount: Number(amount), currency: String(currency) };
  if (!isCurrency(money.currency)) throw invalidData(checkAmount(money.amount, money.currency));
  return formatMoney(money);
}

function payLink(paymentIntentId: string, { appSecrets, publicUrl, now }: ViewContext) {
  const expiresAt = Math.floor(now.getTime() / 1000) + PAY_LINK_TTL_SECONDS;
  return {
    link: `${publicUrl.replace(/\/+$/, "")}/pay/${createPayToken({ paymentIntentId, expiresAt }, appSecrets)}`,
    expires: new Intl.DateTimeFormat("en-US", {
      dateStyle: "long",
      timeStyle: "short",
      timeZone: "UTC",
    }).format(expiresAt * 1000),
  };
}
