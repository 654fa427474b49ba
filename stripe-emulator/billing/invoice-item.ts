import Stripe from "stripe";
import { newId } from "../protocol/ids.ts";
import type { Context } from "../state/context.ts";
import type { DraftLine } from "./invoice-totals.ts";

type Store = Context["store"];

/** Stores an invoice item: `invoiceitem.created`. Without an invoice it waits for the customer's next one. */
export function storeInvoiceItem(
  context: Context,
  fields: Pick<Stripe.InvoiceItem, "amount" | "currency" | "customer"> & Partial<Stripe.InvoiceItem>,
): Stripe.InvoiceItem {
  const now = context.clock.now();
  const quantity = fields.quantity ?? 1;
  const item = context.store.put("invoiceitem", {
    id: newId("ii"),
    object: "invoiceitem",
    customer_account: null,
    date: now,
    description: null,
    discountable: true,
    discounts: [],
    invoice: null,
    livemode: false,
    metadata: {},
    net_amount: fields.amount,
    parent: null,
    period: { start: now, end: now },
    pricing: null,
    proration: false,
    quantity,
    quantity_decimal: Stripe.Decimal.from(quantity),
    tax_rates: [],
    test_clock: context.testClock,
    ...fields,
  });
  context.emit("invoiceitem.created", item);
  return item;
}

/**
 * The invoice items that the next invoice takes up: those of the customer in that currency that belong to no invoice and to
 * no other subscription.
 */
export function pendingItems(
  store: Store,
  {
    customer,
    currency,
    subscription,
  }: { customer: string; currency: string; subscription?: string | undefined },
): Stripe.InvoiceItem[] {
  return store.all("invoiceitem").filter((item) => {
    const owner = item.parent?.subscription_details?.subscription;
    return (
      item.invoice === null &&
      item.customer === customer &&
      item.currency === currency &&
      (owner === undefined || owner === subscription)
    );
  });
}

/** The line of an invoice for one of its invoice items. */
export function lineOfItem(invoice: string, item: Stripe.InvoiceItem, id = newId("il")): DraftLine {
  const owner = item.parent?.subscription_details;
  return {
    taxRates: item.tax_rates ?? [],
    line: {
      id,
      object: "line_item",
      amount: item.amount,
      currency: item.currency,
      description: item.description,
      discount_amounts: [],
      discountable: item.discountable,
      discounts: item.discounts ?? [],
      invoice,
      livemode: false,
      metadata: item.metadata ?? {},
      parent: parentOf(item),
      period: item.period,
      pretax_credit_amounts: [],
      pricing: item.pricing,
      quantity: item.quantity,
      quantity_decimal: item.quantity_decimal,
      subscription: owner?.subscription ?? null,
      subtotal: item.amount,
      taxes: [],
    },
  };
}

/** The lines for pending invoice items, which belong to the invoice from then on. */
export function takeUp(store: Store, invoice: string, items: readonly Stripe.InvoiceItem[]): DraftLine[] {
  return items.map((item) => lineOfItem(invoice, store.patch("invoiceitem", item, { invoice })));
}

function parentOf(item: Stripe.InvoiceItem): Stripe.InvoiceLineItem.Parent {
  const owner = item.parent?.subscription_details;
  const credited = item.proration_details?.credited_items?.invoice_line_item_details ?? null;
  const proration_details = item.proration ? { credited_items: credited } : null;
  if (owner?.subscription_item !== undefined) {
    return {
      invoice_item_details: null,
      subscription_item_details: {
        invoice_item: item.id,
        proration: item.proration,
        proration_details,
        subscription: owner.subscription,
        subscription_item: owner.subscription_item,
      },
      type: "subscription_item_details",
    };
  }
  return {
    invoice_item_details: {
      invoice_item: item.id,
      proration: item.proration,
      proration_details,
      subscription: owner?.subscription ?? null,
    },
    subscription_item_details: null,
    type: "invoice_item_details",
  };
}
