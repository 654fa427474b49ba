/** The views of mails about payments, invoices and refunds. */
import { declineAdvice, isWorthAnotherAttempt } from "../declines/decline-advice.ts";
import { declineMessage } from "../declines/decline-messages.ts";
import { invalidField } from "../errors.ts";
import { formatDateAndTime } from "../languages/format-date.ts";
import { checkAmount } from "../money/check-amount.ts";
import { formatMoney } from "../money/format-money.ts";
import { createPayToken, PAY_LINK_TTL_SECONDS, paymentIntentIdOf } from "../pay-link/pay-token.ts";
import { payAddress } from "../pay-link/pay-url.ts";
import { fieldsOf, listOf, textOf } from "../untrusted.ts";
import { invalidData } from "./invalid-data.ts";
import {
  amountIn,
  cardIn,
  type Data,
  dayIn,
  moneyIn,
  otherAmountIn,
  type ViewContext,
  view,
} from "./view.ts";

const SUMS = ["hasLines", "lines", "subtotal", "discount", "tax", "balance"] as const;
const LINE_TAGS = ["lines.lineText", "lines.lineAmount"];

export const PAYMENT_VIEWS = {
  "payment-link": view(["amount", "link", "expires"], paymentLink),
  "payment-failed": view(["amount", "message", "reminder", "link", "expires"], paymentFailed),
  "payment-failed-admin": view(
    ["paymentId", "amount", "declineCode", "attempts", "customerId", "byCode", "byMail", "link"],
    paymentFailedAdmin,
  ),
  receipt: view(["total", "paidAt", "number", "description", "card", "link", ...SUMS], receipt, LINE_TAGS),
  invoice: view(["total", "dueAt", "number", "description", "pdf", "link", ...SUMS], invoice, LINE_TAGS),
  refund: view(["amount", "refundedAt", "description", "card"], refund),
};

function paymentLink(data: Data, context: ViewContext) {
  const paymentIntentId = paymentIntentIdOf(String(data.clientSecret));
  if (paymentIntentId === undefined) {
    throw invalidField("data.clientSecret", "must be the client secret of a payment intent");
  }
  const money = moneyIn(data);
  const issues = checkAmount(money.amount, money.currency);
  if (issues.length > 0) throw invalidData({ issues });
  return { ...payLink(paymentIntentId, context), amount: formatMoney(money, context.locale) };
}

/** Contains a link only if the decline code makes another attempt worthwhile. */
function paymentFailed(data: Data, context: ViewContext) {
  const [code, advice] = [textOf(data.declineCode), textOf(data.adviceCode)];
  const link = isWorthAnotherAttempt(declineAdvice(code, advice)) ? linkOf(data, context) : {};
  const message = declineMessage(code, advice, context.declines);
  return {
    amount: amountIn(data, context),
    message: link === "ended" ? `${message} ${context.texts["payment-failed"].linkEnded}` : message,
    reminder: data.followUp !== undefined,
    link: link === "ended" ? undefined : link.link,
    expires: link === "ended" ? undefined : link.expires,
  };
}

interface Link {
  readonly link?: string;
  readonly expires?: string;
}

/** A failure does not extend the time to pay: the link of its mail ends as if it had been sent with the payment. */
function linkOf({ paymentIntentId, createdAt, invoiceUrl }: Data, context: ViewContext): Link | "ended" {
  if (paymentIntentId === undefined) return invoiceUrl === undefined ? {} : { link: String(invoiceUrl) };
  const startsAt = createdAt === undefined ? secondsOf(context.now) : Number(createdAt);
  const isOver = startsAt + PAY_LINK_TTL_SECONDS <= secondsOf(context.now);
  return isOver ? "ended" : payLink(String(paymentIntentId), context, startsAt);
}

function paymentFailedAdmin(data: Data, context: ViewContext) {
  const id = String(data.paymentId);
  const place = id.startsWith("in_") ? "invoices" : "payments";
  return {
    paymentId: data.paymentId,
    attempts: data.attempts,
    customerId: data.customerId,
    amount: amountIn(data, context),
    declineCode: data.declineCode ?? context.texts["payment-failed-admin"].noCode,
    byCode: data.reason === "code",
    byMail: data.reason === "undelivered",
    link: `https://dashboard.stripe.com/${data.mode === "live" ? "" : "test/"}${place}/${id}`,
  };
}

function receipt(data: Data, context: ViewContext) {
  return {
    ...linesIn(data, context),
    total: amountIn(data, context),
    paidAt: dayIn(data, "paidAt", context),
    number: data.number,
    description: data.description,
    card: cardIn(data, context),
    link: data.receiptUrl,
  };
}

function invoice(data: Data, context: ViewContext) {
  return {
    ...linesIn(data, context),
    total: amountIn(data, context),
    dueAt: dayIn(data, "dueAt", context),
    number: data.number,
    description: data.description,
    pdf: data.pdfUrl,
    link: data.invoiceUrl,
  };
}

function refund(data: Data, context: ViewContext) {
  return {
    amount: amountIn(data, context),
    refundedAt: dayIn(data, "refundedAt", context),
    description: data.description,
    card: cardIn(data, context),
  };
}

/** The lines of an invoice, with what is added and taken off below them. */
function linesIn(data: Data, context: ViewContext) {
  const lines = listOf(data.lines).map(fieldsOf);
  const discount = Number(data.discount ?? 0);
  const [hasDiscount, hasTax] = [discount > 0, Number(data.tax ?? 0) > 0];
  const hasBalance = Number(data.balance ?? 0) !== 0;
  return {
    hasLines: lines.length > 0,
    lines: lines.map(({ description, quantity, amount }) => ({
      lineText: quantity === undefined || quantity === 1 ? description : `${description} × ${quantity}`,
      lineAmount: amountIn({ ...data, amount }, context),
    })),
    subtotal: hasDiscount || hasTax || hasBalance ? otherAmountIn(data, "subtotal", context) : undefined,
    discount: hasDiscount ? amountIn({ ...data, amount: -discount }, context) : undefined,
    tax: hasTax ? otherAmountIn(data, "tax", context) : undefined,
    balance: hasBalance ? otherAmountIn(data, "balance", context) : undefined,
  };
}

const secondsOf = (date: Date) => Math.floor(date.getTime() / 1000);

/** `startsAt`: Unix seconds, by default now. */
function payLink(paymentIntentId: string, context: ViewContext, startsAt = secondsOf(context.now)) {
  const { appSecrets, publicUrl } = context;
  const expiresAt = startsAt + PAY_LINK_TTL_SECONDS;
  return {
    link: payAddress(publicUrl, createPayToken({ objectId: paymentIntentId, expiresAt }, appSecrets)),
    expires: formatDateAndTime(new Date(expiresAt * 1000), context),
  };
}
