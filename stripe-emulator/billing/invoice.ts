import type Stripe from "stripe";
import { cancelIntent, confirmIntent } from "../payments/confirm-intent.ts";
import { newIntent } from "../payments/intent.ts";
import { changeInvoice, markPaid } from "../payments/settle-invoice.ts";
import { StripeApiError } from "../protocol/errors.ts";
import { newId } from "../protocol/ids.ts";
import type { Context } from "../state/context.ts";

/** Stores a draft invoice for one period of the subscription. In a trial nothing is due. No event. */
export function draftInvoice(
  context: Context,
  subscription: Stripe.Subscription,
  reason: "subscription_create" | "subscription_cycle",
): Stripe.Invoice {
  const { store, clock } = context;
  const id = newId("in");
  const now = clock.now();
  const customer = store.get("customer", String(subscription.customer));
  const lines = subscription.items.data.map((item) => lineOf(id, subscription, item));
  const total = lines.reduce((sum, line) => sum + line.amount, 0);
  const number = customer.next_invoice_sequence ?? 1;
  store.patch("customer", customer, { next_invoice_sequence: number + 1 });
  return store.put("invoice", {
    id,
    object: "invoice",
    account_country: "US",
    account_name: "Stripe emulator",
    account_tax_ids: null,
    amount_due: total,
    amount_overpaid: 0,
    amount_paid: 0,
    amount_remaining: total,
    amount_shipping: 0,
    application: null,
    attempt_count: 0,
    attempted: false,
    auto_advance: true,
    automatic_tax: { disabled_reason: null, enabled: false, liability: null, provider: null, status: null },
    automatically_finalizes_at: null,
    billing_reason: reason,
    collection_method: subscription.collection_method,
    created: now,
    currency: subscription.currency,
    custom_fields: null,
    customer: customer.id,
    customer_account: null,
    customer_address: customer.address ?? null,
    customer_email: customer.email,
    customer_name: customer.name ?? null,
    customer_phone: customer.phone ?? null,
    customer_shipping: customer.shipping,
    customer_tax_exempt: customer.tax_exempt ?? null,
    customer_tax_ids: [],
    default_payment_method: null,
    default_source: null,
    default_tax_rates: [],
    description: null,
    discounts: [],
    due_date: null,
    effective_at: null,
    ending_balance: null,
    footer: null,
    from_invoice: null,
    hosted_invoice_url: null,
    invoice_pdf: null,
    issuer: { type: "self" },
    last_finalization_error: null,
    latest_revision: null,
    lines: { object: "list", data: lines, has_more: false, url: `/v1/invoices/${id}/lines` },
    livemode: false,
    metadata: {},
    next_payment_attempt: null,
    number: `${customer.invoice_prefix ?? "EMULATOR"}-${String(number).padStart(4, "0")}`,
    on_behalf_of: null,
    parent: {
      quote_details: null,
      subscription_details: { metadata: subscription.metadata, subscription: subscription.id },
      type: "subscription_details",
    },
    payment_settings: { default_mandate: null, payment_method_options: null, payment_method_types: null },
    period_end: now,
    period_start: now,
    post_payment_credit_notes_amount: 0,
    pre_payment_credit_notes_amount: 0,
    receipt_number: null,
    rendering: null,
    shipping_cost: null,
    shipping_details: null,
    starting_balance: 0,
    statement_descriptor: null,
    status: "draft",
    status_transitions: { finalized_at: null, marked_uncollectible_at: null, paid_at: null, voided_at: null },
    subtotal: total,
    subtotal_excluding_tax: total,
    test_clock: null,
    total,
    total_discount_amounts: [],
    total_excluding_tax: total,
    total_pretax_credit_amounts: [],
    total_taxes: [],
    webhooks_delivered_at: null,
  });
}

/**
 * Finalizes: `invoice.created`, `invoice.finalized`, and `payment_intent.created` for the payment it then waits for.
 * An invoice over nothing is paid at once and has no payment intent.
 */
export function finalizeInvoice(
  context: Context,
  draft: Stripe.Invoice,
  subscription: Stripe.Subscription,
): { invoice: Stripe.Invoice; intent: Stripe.PaymentIntent | undefined } {
  const now = context.clock.now();
  context.emit("invoice.created", draft);
  const open = context.store.patch("invoice", draft, {
    status: "open",
    effective_at: now,
    ending_balance: 0,
    hosted_invoice_url: `${context.origin}/_emulator/invoices/${draft.id}`,
    status_transitions: { ...draft.status_transitions, finalized_at: now },
  });
  context.emit("invoice.finalized", open);
  if (open.amount_due === 0) {
    const paid = markPaid(context, open, 0);
    context.emit("invoice.paid", paid);
    context.emit("invoice.payment_succeeded", paid);
    return { invoice: paid, intent: undefined };
  }
  const saves = subscription.payment_settings?.save_default_payment_method === "on_subscription";
  const intent = context.store.put(
    "payment_intent",
    newIntent(context, {
      amount: open.amount_due,
      currency: open.currency,
      customer: open.customer,
      description:
        open.billing_reason === "subscription_create" ? "Subscription creation" : "Subscription update",
      setup_future_usage: saves ? "off_session" : null,
    }),
  );
  context.store.put("invoice_payment", {
    id: newId("inpay"),
    object: "invoice_payment",
    amount_paid: null,
    amount_requested: open.amount_due,
    created: now,
    currency: open.currency,
    invoice: open.id,
    is_default: true,
    livemode: false,
    payment: { type: "payment_intent", payment_intent: intent.id },
    status: "open",
    status_transitions: { canceled_at: null, paid_at: null },
  });
  context.emit("payment_intent.created", intent);
  return { invoice: open, intent };
}

/** Tries to collect; answers the error of a decline instead of throwing it. */
export function collect(
  context: Context,
  intent: Stripe.PaymentIntent,
  method: Stripe.PaymentMethod,
  offSession: boolean,
): StripeApiError | undefined {
  try {
    confirmIntent(context, intent, method, { offSession, returnUrl: null });
    return undefined;
  } catch (error) {
    if (error instanceof StripeApiError && error.body.type === "card_error") return error;
    throw error;
  }
}

/** The intent that pays the invoice. */
export function intentOf(
  { store }: Pick<Context, "store">,
  invoiceId: string,
): Stripe.PaymentIntent | undefined {
  const payment = store.all("invoice_payment").find((candidate) => candidate.invoice === invoiceId);
  const intent = payment?.payment.payment_intent;
  return typeof intent === "string" ? store.find("payment_intent", intent) : undefined;
}

/** Voids an open invoice and cancels its payment: `payment_intent.canceled`, `invoice.updated`, `invoice.voided`. */
export function voidInvoice(context: Context, invoice: Stripe.Invoice): Stripe.Invoice {
  const intent = intentOf(context, invoice.id);
  if (intent !== undefined) cancelIntent(context, intent, "void_invoice");
  const voided = changeInvoice(context, invoice, {
    status: "void",
    auto_advance: false,
    status_transitions: { ...invoice.status_transitions, voided_at: context.clock.now() },
  });
  context.emit("invoice.voided", voided);
  return voided;
}

/** Nobody expects it to be paid any more, though it may be: `invoice.updated`, `invoice.marked_uncollectible`. */
export function markUncollectible(context: Context, invoice: Stripe.Invoice): Stripe.Invoice {
  const marked = changeInvoice(context, invoice, {
    status: "uncollectible",
    auto_advance: false,
    status_transitions: { ...invoice.status_transitions, marked_uncollectible_at: context.clock.now() },
  });
  context.emit("invoice.marked_uncollectible", marked);
  return marked;
}

function lineOf(
  invoice: string,
  subscription: Stripe.Subscription,
  item: Stripe.SubscriptionItem,
): Stripe.InvoiceLineItem {
  const quantity = item.quantity ?? 1;
  const amount = subscription.status === "trialing" ? 0 : (item.price.unit_amount ?? 0) * quantity;
  return {
    id: newId("il"),
    object: "line_item",
    amount,
    currency: subscription.currency,
    description:
      subscription.status === "trialing"
        ? "Trial period"
        : `${quantity} × ${item.price.nickname ?? item.price.id}`,
    discount_amounts: [],
    discountable: true,
    discounts: [],
    invoice,
    livemode: false,
    metadata: subscription.metadata,
    parent: {
      invoice_item_details: null,
      subscription_item_details: {
        invoice_item: null,
        proration: false,
        proration_details: { credited_items: null },
        subscription: subscription.id,
        subscription_item: item.id,
      },
      type: "subscription_item_details",
    },
    period: { start: item.current_period_start, end: item.current_period_end },
    pretax_credit_amounts: [],
    pricing: {
      price_details: { price: item.price.id, product: String(item.price.product) },
      type: "price_details",
      unit_amount_decimal: item.price.unit_amount_decimal,
    },
    quantity,
    quantity_decimal: null,
    subscription: subscription.id,
    subtotal: amount,
    taxes: [],
  };
}
