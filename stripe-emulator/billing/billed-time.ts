import type Stripe from "stripe";
import type { Context } from "../state/context.ts";
import { netOf } from "./invoice-totals.ts";
import { share } from "./rounding.ts";

type Store = Context["store"];

/** A time for which an item of a subscription was billed. All times are in unix seconds. */
export interface BilledTime {
  start: number;
  end: number;
  /** After discounts, in the smallest unit. */
  amount: number;
  quantity: number | null;
  /** The time from here on has been credited already; `end` if none has. */
  creditedFrom: number;
  /** The ids under which a credit may name it: its invoice item, and its line once it is on an invoice. */
  names: readonly string[];
  /** How a credit names it from now on. */
  source: Stripe.InvoiceItem.ProrationDetails.CreditedItems;
  product: string | undefined;
  pricing: Stripe.InvoiceItem.Pricing | null;
}

/** What an unused time is worth: the credit for the time from `from` on. Over several credits the roundings add up to the amount. */
export function unusedAmount(billed: BilledTime, from: number): number {
  const worth = (time: number) => share(billed.amount, billed.end - time, billed.end - billed.start);
  return worth(Math.max(from, billed.start)) - worth(billed.creditedFrom);
}

/**
 * The times for which an item was billed and that end after `time`, without those of voided invoices. Stripe credits what
 * was billed, whatever the item costs now: https://docs.stripe.com/billing/subscriptions/prorations#credit-prorations
 */
export function billedTimes(store: Store, item: Stripe.SubscriptionItem, time: number): BilledTime[] {
  const counts = (invoice: Stripe.Invoice) => invoice.status !== "void";
  const invoices = store
    .all("invoice")
    .filter(
      (invoice) =>
        counts(invoice) && invoice.parent?.subscription_details?.subscription === item.subscription,
    );
  const prorations = store.all("invoiceitem").filter((candidate) => {
    const isOfItem = candidate.parent?.subscription_details?.subscription_item === item.id;
    const invoice = candidate.invoice === null ? undefined : store.find("invoice", String(candidate.invoice));
    return candidate.proration && isOfItem && (invoice === undefined || counts(invoice));
  });
  const periods = invoices.flatMap((invoice) => regularLines(invoice, item.id));
  const debits = [...periods, ...prorations.flatMap((proration) => debitOf(store, proration))];
  for (const proration of prorations) creditBy(proration, debits);
  return debits.filter((billed) => billed.end > time && billed.creditedFrom > time);
}

function regularLines(invoice: Stripe.Invoice, item: string): BilledTime[] {
  return invoice.lines.data.flatMap((line) => {
    const details = line.parent?.subscription_item_details;
    if (details?.subscription_item !== item || details.proration) return [];
    return [
      {
        ...line.period,
        amount: netOf(line),
        quantity: line.quantity,
        creditedFrom: line.period.end,
        names: [line.id],
        source: sourceOf(invoice.id, line.id),
        product: line.pricing?.price_details?.product,
        pricing: line.pricing,
      },
    ];
  });
}

/** A proration that debits the remaining time. One that has been invoiced is known by its line. */
function debitOf(store: Store, item: Stripe.InvoiceItem): BilledTime[] {
  if (item.proration_details?.credited_items) return [];
  const invoice = item.invoice === null ? undefined : store.find("invoice", String(item.invoice));
  const line = invoice?.lines.data.find(
    ({ parent }) => parent?.subscription_item_details?.invoice_item === item.id,
  );
  return [
    {
      ...item.period,
      amount: item.amount,
      quantity: item.quantity,
      creditedFrom: item.period.end,
      names: [item.id, ...(line === undefined ? [] : [line.id])],
      source:
        invoice === undefined || line === undefined
          ? { type: "invoice_item", invoice_item: item.id }
          : sourceOf(invoice.id, line.id),
      product: item.pricing?.price_details?.product,
      pricing: item.pricing,
    },
  ];
}

function sourceOf(invoice: string, line: string): BilledTime["source"] {
  return { type: "invoice_line_items", invoice_line_item_details: { invoice, invoice_line_items: [line] } };
}

/** Marks the time that a credit has credited. */
function creditBy(item: Stripe.InvoiceItem, debits: readonly BilledTime[]): void {
  const credited = item.proration_details?.credited_items;
  const name = credited?.invoice_item ?? credited?.invoice_line_item_details?.invoice_line_items[0];
  for (const debit of debits) {
    if (name !== undefined && debit.names.includes(name)) {
      debit.creditedFrom = Math.min(debit.creditedFrom, item.period.start);
    }
  }
}
