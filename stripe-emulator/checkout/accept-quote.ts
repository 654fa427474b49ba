/** What accepting a quote makes: a subscription, now or later, or an invoice. */
import type Stripe from "stripe";
import { present } from "../present.ts";
import { apiRequest } from "../state/api-request.ts";
import type { Context } from "../state/context.ts";
import { orderOf } from "./order.ts";

type Made = Partial<Pick<Stripe.Quote, "invoice" | "subscription" | "subscription_schedule">>;

/** Returns the ids of what was made. The requests are those that an application could make itself. */
export function fulfilQuote(context: Context, quote: Stripe.Quote): Made {
  const { lineItems, data } = orderOf(context, quote.id);
  const recurring = lineItems.filter(({ price }) => price?.recurring);
  if (recurring.length === 0) return { invoice: invoiceFor(context, quote, lineItems) };
  const { effective_date: starts } = quote.subscription_data;
  if (starts !== null && starts > context.clock.now())
    return { subscription_schedule: scheduleFor(context, quote, recurring, starts) };
  const once = lineItems.filter((item) => !recurring.includes(item));
  const customer = context.store.get("customer", String(quote.customer), "customer");
  const canPay =
    customer.invoice_settings.default_payment_method !== null || customer.default_source !== null;
  const id = apiRequest(context, "POST", "/v1/subscriptions", {
    ...data.subscription,
    customer: customer.id,
    items: recurring.map(given),
    ...(once.length > 0 ? { add_invoice_items: once.map(given) } : {}),
    ...collection(quote),
    ...(quote.collection_method === "send_invoice"
      ? {}
      : { payment_behavior: canPay ? "allow_incomplete" : "default_incomplete" }),
  });
  const { latest_invoice: invoice } = context.store.get("subscription", id);
  return { subscription: id, ...present({ invoice: invoice ?? undefined }) };
}

function scheduleFor(
  context: Context,
  quote: Stripe.Quote,
  items: readonly Stripe.LineItem[],
  starts: number,
): string {
  const { description, metadata } = quote.subscription_data;
  return apiRequest(context, "POST", "/v1/subscription_schedules", {
    customer: String(quote.customer),
    start_date: starts,
    end_behavior: "release",
    phases: [
      {
        items: items.map(given),
        ...(description === null ? {} : { description }),
        ...(Object.keys(metadata ?? {}).length === 0 ? {} : { metadata: { ...metadata } }),
      },
    ],
  });
}

/** A draft, as at Stripe: it is finalized like any other invoice. */
function invoiceFor(context: Context, quote: Stripe.Quote, items: readonly Stripe.LineItem[]): string {
  const customer = String(quote.customer);
  const { data } = orderOf(context, quote.id);
  const invoice = apiRequest(context, "POST", "/v1/invoices", {
    customer,
    ...collection(quote),
    ...(quote.currency === null ? {} : { currency: quote.currency }),
    ...(data.subscription.discounts === undefined ? {} : { discounts: data.subscription.discounts }),
    pending_invoice_items_behavior: "exclude",
  });
  for (const { price, quantity } of items) {
    apiRequest(context, "POST", "/v1/invoiceitems", {
      customer,
      invoice,
      pricing: { price: price?.id ?? "" },
      quantity: quantity ?? 1,
    });
  }
  return invoice;
}

function collection({ collection_method: method, invoice_settings: settings }: Stripe.Quote) {
  return method === "send_invoice"
    ? { collection_method: method, days_until_due: settings.days_until_due ?? 30 }
    : {};
}

function given({ price, quantity }: Stripe.LineItem) {
  return { price: price?.id ?? "", quantity: quantity ?? 1 };
}
