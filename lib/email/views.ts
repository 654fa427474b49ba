/**
 * Makes the values that a template's tags show from its data: a client secret becomes a link, an amount becomes readable.
 */
import { declineAdvice, isWorthAnotherAttempt } from "../declines/decline-advice.ts";
import { declineMessage } from "../declines/decline-messages.ts";
import { invalidField } from "../errors.ts";
import { checkAmount } from "../money/check-amount.ts";
import { isCurrency } from "../money/currencies.ts";
import { formatMoney, type Money } from "../money/format-money.ts";
import { createPayToken, PAY_LINK_TTL_SECONDS, paymentIntentIdOf } from "../pay-link/pay-token.ts";
import { payAddress } from "../pay-link/pay-url.ts";
import { entryOf, fieldsOf, listOf, textOf } from "../untrusted.ts";
import { invalidData } from "./invalid-data.ts";

export interface ViewContext {
  readonly appSecrets: readonly string[];
  /** Where payers reach this service, with or without a slash at the end. */
  readonly publicUrl: string;
  readonly now: Date;
}

type Data = Readonly<Record<string, unknown>>;

interface View {
  readonly tags: readonly string[];
  readonly make: (data: Data, context: ViewContext) => Data;
}

/** A view with exactly these tags; a tag that is undefined is left out. */
function view<Tag extends string>(
  tags: readonly Tag[],
  make: (data: Data, context: ViewContext) => Readonly<Record<Tag, unknown>>,
): View {
  return {
    tags,
    make: (data, context) => {
      const made = make(data, context);
      return Object.fromEntries(tags.flatMap((tag) => (made[tag] === undefined ? [] : [[tag, made[tag]]])));
    },
  };
}

const VIEWS: Readonly<Record<string, View>> = {
  "payment-link": view(["amount", "link", "expires"], paymentLink),
  "payment-failed": view(["amount", "message", "reminder", "link", "expires"], paymentFailed),
  "payment-failed-admin": view(
    ["paymentId", "amount", "declineCode", "attempts", "customerId", "byCode", "byMail", "link"],
    paymentFailedAdmin,
  ),
  invoice: view(
    [
      ...(["number", "amount", "total", "due", "paid", "link", "pdf", "lines"] as const),
      // Of each line.
      ...(["description", "count", "lineAmount"] as const),
    ],
    invoiceMail,
  ),
};

const viewNamed = (template: string) => entryOf(VIEWS, template);

/** The tags of a template with its own view; undefined for a template whose tags are the fields of its data. */
export function tagsOf(template: string): readonly string[] | undefined {
  return viewNamed(template)?.tags;
}

/**
 * The view of a template's checked data; without its own view, the data is shown unchanged. Throws VALIDATION_FAILED, at
 * paths below `data`, for data that a view cannot be made from.
 */
export function viewOf(template: string, data: Data, context: ViewContext): Data {
  return viewNamed(template)?.make(data, context) ?? data;
}

function paymentLink(data: Data, context: ViewContext) {
  const paymentIntentId = paymentIntentIdOf(String(data.clientSecret));
  if (paymentIntentId === undefined) {
    throw invalidField("data.clientSecret", "must be the client secret of a payment intent");
  }
  const money = moneyOf(data);
  const issues = checkAmount(money.amount, money.currency);
  if (issues.length > 0) throw invalidData({ issues });
  return { ...payLink(paymentIntentId, context), amount: formatMoney(money) };
}

/** Contains a link only if the decline code makes another attempt worthwhile. */
function paymentFailed(data: Data, context: ViewContext) {
  const [code, advice] = [textOf(data.declineCode), textOf(data.adviceCode)];
  const link = isWorthAnotherAttempt(declineAdvice(code, advice)) ? linkOf(data, context) : {};
  return {
    amount: amountOf(data),
    message:
      link === "ended" ? `${declineMessage(code, advice)} ${LINK_ENDED}` : declineMessage(code, advice),
    reminder: data.followUp !== undefined,
    link: link === "ended" ? undefined : link.link,
    expires: link === "ended" ? undefined : link.expires,
  };
}

interface Link {
  readonly link?: string;
  readonly expires?: string;
}

const LINK_ENDED = "The link to pay has expired. To pay, ask the sender of the first mail for a new one.";

/** A failure does not extend the time to pay: the link of its mail ends as if it had been sent with the payment. */
function linkOf({ paymentIntentId, createdAt, invoiceUrl }: Data, context: ViewContext): Link | "ended" {
  if (paymentIntentId === undefined) return invoiceUrl === undefined ? {} : { link: String(invoiceUrl) };
  const startsAt = createdAt === undefined ? secondsOf(context.now) : Number(createdAt);
  const isOver = startsAt + PAY_LINK_TTL_SECONDS <= secondsOf(context.now);
  return isOver ? "ended" : payLink(String(paymentIntentId), context, startsAt);
}

function paymentFailedAdmin(data: Data) {
  const id = String(data.paymentId);
  const place = id.startsWith("in_") ? "invoices" : "payments";
  return {
    paymentId: data.paymentId,
    attempts: data.attempts,
    customerId: data.customerId,
    amount: amountOf(data),
    declineCode: data.declineCode ?? "no code",
    byCode: data.reason === "code",
    byMail: data.reason === "undelivered",
    link: `https://dashboard.stripe.com/${data.mode === "live" ? "" : "test/"}${place}/${id}`,
  };
}

function invoiceMail(data: Data) {
  const { currency, dueAt } = data;
  const money = (amount: unknown) => amountOf({ amount, currency });
  return {
    number: data.number ?? data.invoiceId,
    amount: money(data.amountDue),
    total: money(data.total),
    due: dueAt === undefined ? undefined : DATE.format(new Date(String(dueAt))),
    paid: data.isPaid === true,
    link: data.invoiceUrl,
    pdf: data.pdfUrl,
    lines: listOf(data.lines)
      .map(fieldsOf)
      .map(({ description, quantity, amount }) => ({
        description,
        count: quantity === 1 ? "" : quantity,
        lineAmount: money(amount),
      })),
    description: undefined,
    count: undefined,
    lineAmount: undefined,
  };
}

const DATE = new Intl.DateTimeFormat("en-US", { dateStyle: "long", timeZone: "UTC" });

/** The rest of an invoice can be below Stripe's minimum charge, so only the form is checked. */
function amountOf(data: Data): string {
  const money = moneyOf(data);
  if (!isCurrency(money.currency)) throw invalidData({ issues: checkAmount(money.amount, money.currency) });
  return formatMoney(money);
}

/** A missing currency is never guessed: 500 yen must not become five dollars. */
function moneyOf({ amount, currency }: Data): Money {
  if (currency === undefined) {
    throw invalidField("data.currency", "is required in a mail that does not name a payment at Stripe");
  }
  return { amount: Number(amount), currency: String(currency) };
}

const secondsOf = (date: Date) => Math.floor(date.getTime() / 1000);

/** `startsAt`: Unix seconds, by default now. */
function payLink(
  paymentIntentId: string,
  { appSecrets, publicUrl, now }: ViewContext,
  startsAt = secondsOf(now),
) {
  const expiresAt = startsAt + PAY_LINK_TTL_SECONDS;
  return {
    link: payAddress(publicUrl, createPayToken({ objectId: paymentIntentId, expiresAt }, appSecrets)),
    expires: new Intl.DateTimeFormat("en-US", {
      dateStyle: "long",
      timeStyle: "short",
      timeZone: "UTC",
    }).format(expiresAt * 1000),
  };
}
