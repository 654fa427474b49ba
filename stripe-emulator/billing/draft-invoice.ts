import type Stripe from "stripe";
import { newId } from "../protocol/ids.ts";
import type { Context } from "../state/context.ts";
import { customerDiscounts, discountsOf } from "./discount.ts";
import { pendingItems, takeUp } from "./invoice-item.ts";
import { lineOf, usageLineOf } from "./invoice-line.ts";
import { type DraftLine, withTotals } from "./invoice-totals.ts";
import { isMetered } from "./subscription-item.ts";

const SECONDS_PER_DAY = 86_400;

/** The items of a subscription in a period that ends at `end` (unix seconds), as the subscription was in it. */
export interface UsedItems {
  subscription: Stripe.Subscription;
  items: readonly Stripe.SubscriptionItem[];
  end: number;
}

type BillingReason = "manual" | "subscription_create" | "subscription_cycle" | "subscription_update";

/**
 * Stores the draft of an invoice of the subscription: for the current periods of `items`, and for the pending invoice items
 * unless `pending` is false; for metered items, for what was `used` before. Emits no event.
 */
export function draftSubscriptionInvoice(
  context: Context,
  subscription: Stripe.Subscription,
  reason: BillingReason,
  {
    items = subscription.items.data,
    pending = true,
    periodStart = context.clock.now(),
    used,
  }: {
    items?: readonly Stripe.SubscriptionItem[];
    pending?: boolean;
    periodStart?: number;
    used?: UsedItems;
  } = {},
): Stripe.Invoice {
  const { store, clock } = context;
  const now = clock.now();
  const id = newId("in");
  const { currency, collection_method: collection, days_until_due: days } = subscription;
  const customer = String(subscription.customer);
  const isSent = collection === "send_invoice";
  const lines = [
    ...(pending
      ? takeUp(store, id, pendingItems(store, { customer, currency, subscription: subscription.id }))
      : []),
    ...items.filter(({ price }) => !isMetered(price)).map((item) => lineOf(context, id, subscription, item)),
    ...(used?.items ?? [])
      .filter(({ price }) => isMetered(price))
      .map((item) => usageLineOf(context, id, used?.subscription ?? subscription, item, used?.end ?? now)),
  ];
  return storeDraft(context, id, customer, currency, lines, {
    auto_advance: true,
    billing_reason: reason,
    collection_method: collection,
    default_tax_rates: subscription.default_tax_rates ?? [],
    description: subscription.invoice_settings.description ?? null,
    footer: subscription.invoice_settings.footer ?? null,
    discounts: discountsOf(store, subscription, now).map((discount) => discount.id),
    due_date: isSent ? now + (days ?? 0) * SECONDS_PER_DAY : null,
    parent: {
      quote_details: null,
      subscription_details: { metadata: subscription.metadata, subscription: subscription.id },
      type: "subscription_details",
    },
    period_start: periodStart,
  });
}

/** Stores the draft of an invoice that belongs to no subscription. `fields` are those that the caller chose. Emits no event. */
export function draftManualInvoice(
  context: Context,
  customer: Stripe.Customer,
  currency: string,
  items: readonly Stripe.InvoiceItem[],
  fields: Partial<Stripe.Invoice>,
): Stripe.Invoice {
  const { store, clock } = context;
  const id = newId("in");
  return storeDraft(context, id, customer.id, currency, takeUp(store, id, items), {
    discounts: customerDiscounts(store, customer.id, clock.now()).map((discount) => discount.id),
    ...fields,
  });
}

function storeDraft(
  context: Context,
  id: string,
  customerId: string,
  currency: string,
  lines: readonly DraftLine[],
  fields: Partial<Stripe.Invoice>,
): Stripe.Invoice {
  const { store, clock } = context;
  const now = clock.now();
  const customer = store.get("customer", customerId, "customer");
  if (customer.currency === null) store.patch("customer", customer, { currency });
  const empty: Stripe.Invoice = { ...emptyInvoice(id, now, customer, currency), ...fields };
  return store.put("invoice", withTotals(context, empty, lines, now));
}

function emptyInvoice(id: string, now: number, customer: Stripe.Customer, currency: string): Stripe.Invoice {
  return {
    id,
    object: "invoice",
    account_country: "US",
    account_name: "Stripe emulator",
    account_tax_ids: null,
    amount_due: 0,
    amount_overpaid: 0,
    amount_paid: 0,
    amount_remaining: 0,
    amount_shipping: 0,
    application: null,
    attempt_count: 0,
    attempted: false,
    auto_advance: false,
    automatic_tax: { disabled_reason: null, enabled: false, liability: null, provider: null, status: null },
    automatically_finalizes_at: null,
    billing_reason: "manual",
    collection_method: "charge_automatically",
    created: now,
    currency,
    custom_fields: customer.invoice_settings.custom_fields,
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
    footer: customer.invoice_settings.footer,
    from_invoice: null,
    hosted_invoice_url: null,
    invoice_pdf: null,
    issuer: { type: "self" },
    last_finalization_error: null,
    latest_revision: null,
    lines: { object: "list", data: [], has_more: false, url: `/v1/invoices/${id}/lines` },
    livemode: false,
    metadata: {},
    next_payment_attempt: null,
    number: null,
    on_behalf_of: null,
    parent: null,
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
    subtotal: 0,
    subtotal_excluding_tax: 0,
    test_clock: customer.test_clock ?? null,
    total: 0,
    total_discount_amounts: [],
    total_excluding_tax: 0,
    total_pretax_credit_amounts: [],
    total_taxes: [],
    webhooks_delivered_at: null,
  };
}
