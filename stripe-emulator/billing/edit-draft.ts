import type Stripe from "stripe";
import type { Context } from "../state/context.ts";
import { previousAttributes } from "../state/emit-event.ts";
import { lineOfItem } from "./invoice-item.ts";
import { type DraftLine, withTotals } from "./invoice-totals.ts";

/**
 * Changes a draft invoice and computes its totals again, from its lines and the invoice items that they stand for. Returns
 * it, stored. `invoice.updated`, unless everything stays the same.
 */
export function editDraft(
  context: Context,
  before: Stripe.Invoice,
  changes: Partial<Stripe.Invoice>,
): Stripe.Invoice {
  const after = storeDraft(context, before, changes);
  const previous = previousAttributes(before, after);
  if (Object.keys(previous).length > 0) context.emit("invoice.updated", after, previous);
  return after;
}

/** Like {@link editDraft}, without the event. */
export function storeDraft(
  context: Context,
  before: Stripe.Invoice,
  changes: Partial<Stripe.Invoice>,
): Stripe.Invoice {
  const changed = { ...before, ...changes };
  const drafts = draftLines(context, changed);
  return context.store.put("invoice", withTotals(context, changed, drafts, context.clock.now()));
}

/** The lines of the invoice without discounts and taxes: those of deleted invoice items are gone, those of new ones are added. */
function draftLines({ store }: Context, invoice: Stripe.Invoice): DraftLine[] {
  const items = store.all("invoiceitem").filter((item) => item.invoice === invoice.id);
  const kept = invoice.lines.data.flatMap((line) => {
    const itemId = invoiceItemOf(line);
    if (itemId === null) return [{ line, taxRates: taxRatesOf(store, line) }];
    const item = items.find(({ id }) => id === itemId);
    return item === undefined ? [] : [lineOfItem(invoice.id, item, line.id)];
  });
  const known = new Set(invoice.lines.data.map(invoiceItemOf));
  const added = items.filter(({ id }) => !known.has(id)).map((item) => lineOfItem(invoice.id, item));
  // Stripe appends what is added later, in the order in which it was added.
  return [...kept, ...added];
}

/** The id of the invoice item that a line stands for; null for the period of a subscription. */
export function invoiceItemOf({ parent }: Stripe.InvoiceLineItem): string | null {
  return (
    parent?.invoice_item_details?.invoice_item ?? parent?.subscription_item_details?.invoice_item ?? null
  );
}

function taxRatesOf(store: Context["store"], line: Stripe.InvoiceLineItem): Stripe.TaxRate[] {
  const subscription = store.find("subscription", String(line.subscription));
  const id = line.parent?.subscription_item_details?.subscription_item;
  const item = subscription?.items.data.find((candidate) => candidate.id === id);
  return item?.tax_rates?.length ? item.tax_rates : (subscription?.default_tax_rates ?? []);
}
