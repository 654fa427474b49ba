import type Stripe from "stripe";
import { decimalsOf } from "../protocol/currencies.ts";
import type { Context } from "../state/context.ts";
import { recurrenceOf } from "./period.ts";

type Store = Context["store"];

const DAY = new Intl.DateTimeFormat("en-GB", {
  day: "2-digit",
  month: "short",
  year: "numeric",
  timeZone: "UTC",
});
/** By currency. */
const amountFormats = new Map<string, Intl.NumberFormat>();

/** The name of the price's product. */
export function productName(store: Store, price: Stripe.Price): string {
  return store.find("product", String(price.product))?.name ?? price.nickname ?? price.id;
}

/** The line of an invoice for a whole period: `2 × Pro (at $15.00 / month)`. */
export function periodText(store: Store, price: Stripe.Price, quantity: number): string {
  const every = recurrenceOf(price);
  const interval =
    every.interval_count === 1 ? every.interval : `every ${every.interval_count} ${every.interval}s`;
  const unit = price.unit_amount === null ? "" : `at ${amountText(price.unit_amount, price.currency)} / `;
  return `${quantity} × ${productName(store, price)} (${unit}${interval})`;
}

/** The line of a proration, such as `Unused time on 2 × Pro after 10 Feb 2030`. `from` is in unix seconds. */
export function prorationText(
  kind: "Remaining" | "Unused",
  product: string,
  quantity: number | null,
  from: number,
): string {
  const count = quantity === null || quantity === 1 ? "" : `${quantity} × `;
  const day = DAY.format(from * 1000);
  return `${kind} time on ${count}${product} after ${day}`;
}

function amountText(amount: number, currency: string): string {
  return amountFormat(currency).format(amount / 10 ** decimalsOf(currency));
}

function amountFormat(currency: string): Intl.NumberFormat {
  const known = amountFormats.get(currency);
  if (known !== undefined) return known;
  const digits = decimalsOf(currency);
  const format = new Intl.NumberFormat("en-US", {
    style: "currency",
    currency,
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
  amountFormats.set(currency, format);
  return format;
}
