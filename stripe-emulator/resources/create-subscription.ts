import type Stripe from "stripe";
import { billNow } from "../billing/bill-change.ts";
import { issueInvoice } from "../billing/collect-invoice.ts";
import { draftSubscriptionInvoice } from "../billing/draft-invoice.ts";
import { storeInvoiceItem } from "../billing/invoice-item.ts";
import { paymentMethodOf } from "../billing/payment-method-of.ts";
import { withPendingSetup } from "../billing/pending-setup.ts";
import { periodAt, periodEnd, recurrenceOf } from "../billing/period.ts";
import { amountFor } from "../billing/price-amount.ts";
import { debitRemainingTime, pricingOf } from "../billing/proration.ts";
import { type Line, newItem } from "../billing/subscription-item.ts";
import { announceTrialEnd } from "../billing/trial-notice.ts";
import { invalidRequest } from "../protocol/errors.ts";
import { newId } from "../protocol/ids.ts";
import { changedMetadata } from "../protocol/parameter-kinds.ts";
import type { Parsed } from "../protocol/parameters.ts";
import type { Context } from "../state/context.ts";
import { redeemedDiscounts } from "./discount-parameters.ts";
import { assertMethodOf, collectionOf } from "./subscription-checks.ts";
import { linesOf, withDiscounts } from "./subscription-item-changes.ts";
import { emptySubscription } from "./subscription-object.ts";
import type { createParameters } from "./subscription-parameters.ts";
import { taxRatesOf } from "./tax-rate-ids.ts";

const SECONDS_PER_DAY = 86_400;

type Parameters = Parsed<typeof createParameters>;

/** A new subscription that is stored, with the draft of its first invoice. */
export interface BegunSubscription {
  subscription: Stripe.Subscription;
  draft: Stripe.Invoice | undefined;
}

/** Creates a subscription, and invoices and collects its first period. Returns it as it is then. */
export function createSubscription(context: Context, parameters: Parameters): Stripe.Subscription {
  const { store } = context;
  const payment = parameters.payment_behavior ?? "allow_incomplete";
  if (payment === "pending_if_incomplete") {
    throw invalidRequest(
      "`pending_if_incomplete` is for changes of a subscription, not for a new one.",
      undefined,
      "payment_behavior",
    );
  }
  const { subscription: begun, draft } = beginSubscription(context, parameters);
  const subscription = withPendingSetup(context, begun);
  const waits = payment === "default_incomplete";
  const isSent = subscription.collection_method === "send_invoice";
  const method = paymentMethodOf(context, subscription);
  if (draft !== undefined && draft.amount_due > 0 && !waits && !isSent && method === undefined) {
    throw invalidRequest(
      "This customer has no attached payment source or default payment method. Please consider adding a default payment method.",
      "resource_missing",
    );
  }
  context.emit("customer.subscription.created", subscription);
  const settled = store.get("subscription", subscription.id);
  if (waits && draft !== undefined) issueInvoice(context, draft, settled);
  else {
    const error = billNow(context, { draft, subscription: settled }, parameters.off_session ?? false);
    if (error !== undefined && payment === "error_if_incomplete") throw error;
  }
  const invoice = draft && store.get("invoice", draft.id);
  if (isSent && invoice !== undefined && invoice.status === "open") context.emit("invoice.sent", invoice);
  const created = store.get("subscription", subscription.id);
  if (created.status === "trialing") announceTrialEnd(context, created);
  return created;
}

/** Stores the subscription and the draft of its first invoice. `customer.discount.created`, `invoiceitem.created` */
export function beginSubscription(context: Context, parameters: Parameters): BegunSubscription {
  const { store, clock } = context;
  const customer = store.get("customer", parameters.customer, "customer");
  if (parameters.default_payment_method !== undefined) {
    assertMethodOf(context, parameters.default_payment_method, customer.id);
  }
  const lines = linesOf(context, parameters.items, parameters.currency?.toLowerCase());
  const currency = parameters.currency?.toLowerCase() ?? lines[0]?.price.currency ?? "usd";
  const start = clock.now();
  const trialEnd = trialEndOf(parameters, start);
  const anchor = anchorOf(parameters, lines, start, trialEnd);
  const id = newId("sub");
  const owner = { id, currency, customer: customer.id };
  const items = lines.map((line, index) => {
    const item = newItem(context, id, line, firstPeriod(line, start, trialEnd, anchor));
    return withDiscounts(context, owner, item, parameters.items[index]?.discounts, `items[${index}]`);
  });
  const amount = lines.reduce(
    (sum, { price, quantity }) => sum + amountFor(store, price, quantity ?? 0, currency),
    0,
  );
  const redemption = {
    owner: { customer: customer.id, subscription: id },
    customer: customer.id,
    currency,
    amount,
  };
  const discounts = redeemedDiscounts(context, parameters.discounts ?? [], redemption);
  const settings = parameters.invoice_settings;
  const stored = store.put("subscription", {
    ...emptySubscription(id, start),
    start_date: startOf(parameters, start),
    ...collectionOf(parameters, undefined),
    ...cancellation(parameters, items, start),
    billing_cycle_anchor: trialEnd ?? anchor ?? start,
    currency,
    customer: customer.id,
    default_payment_method: parameters.default_payment_method ?? null,
    default_tax_rates: taxRatesOf(context, parameters.default_tax_rates ?? [], "default_tax_rates"),
    description: parameters.description ?? null,
    discounts,
    invoice_settings: {
      account_tax_ids: null,
      custom_fields: null,
      description: settings?.description ?? null,
      footer: settings?.footer ?? null,
      issuer: { type: "self" },
    },
    items: { object: "list", data: items, has_more: false, url: `/v1/subscription_items?subscription=${id}` },
    metadata: changedMetadata({}, parameters.metadata),
    payment_settings: {
      payment_method_options: null,
      payment_method_types: null,
      save_default_payment_method: parameters.payment_settings?.save_default_payment_method ?? "off",
    },
    status: trialEnd === null ? "incomplete" : "trialing",
    test_clock: customer.test_clock ?? null,
    trial_end: trialEnd,
    trial_settings: {
      end_behavior: {
        billing_cycle_anchor: "unchanged",
        missing_payment_method:
          parameters.trial_settings?.end_behavior.missing_payment_method ?? "create_invoice",
      },
    },
    trial_start: trialEnd === null ? null : start,
  });
  for (const discount of discounts) {
    context.emit("customer.discount.created", store.get("discount", discount));
  }
  addInvoiceItems(context, stored, parameters.add_invoice_items ?? []);
  if (parameters.proration_behavior !== "none") billBackdatedTime(context, stored);
  const isFree = anchor !== undefined && parameters.proration_behavior === "none";
  return withFirstInvoice(context, stored, isFree);
}

/** Debits the time since a start in the past, in parts of whole periods before now: `invoiceitem.created`. */
function billBackdatedTime(context: Context, subscription: Stripe.Subscription): void {
  // Not the clock's: a second may have passed since the start was read.
  const now = subscription.created;
  for (const item of subscription.items.data) {
    let from = subscription.start_date;
    while (from < now) {
      const { end } = periodAt(now, from, recurrenceOf(item.price));
      debitRemainingTime(
        context,
        { ...subscription, billing_cycle_anchor: now },
        item,
        from,
        Math.min(end, now),
      );
      from = Math.min(end, now);
    }
  }
}

/** The start of a subscription. Throws a 400 for a date to start from that is in the future. */
function startOf({ backdate_start_date: start }: Parameters, now: number): number {
  if (start === undefined) return now;
  if (start <= now) return start;
  throw invalidRequest("`backdate_start_date` must be in the past.", undefined, "backdate_start_date");
}

/** A first period that is free, before the billing cycle anchor, has no invoice. */
function withFirstInvoice(context: Context, stored: Stripe.Subscription, isFree: boolean): BegunSubscription {
  const draft = isFree ? undefined : draftSubscriptionInvoice(context, stored, "subscription_create");
  const isSent = stored.collection_method === "send_invoice";
  const needsPayment = draft !== undefined && draft.amount_due > 0 && !isSent;
  const status = stored.status === "incomplete" && !needsPayment ? "active" : stored.status;
  const fields = { status, latest_invoice: draft?.id ?? null };
  return { draft, subscription: context.store.patch("subscription", stored, fields) };
}

/** Charges once, with the next invoice of the subscription: `invoiceitem.created`. */
export function addInvoiceItems(
  context: Context,
  subscription: Stripe.Subscription,
  given: NonNullable<Parameters["add_invoice_items"]>,
): void {
  for (const [index, entry] of given.entries()) {
    const param = `add_invoice_items[${index}]`;
    const price = context.store.get("price", entry.price, `${param}[price]`);
    if (price.recurring !== null) {
      throw invalidRequest(
        `The price ${price.id} is recurring: add it as an item.`,
        undefined,
        `${param}[price]`,
      );
    }
    const quantity = entry.quantity ?? 1;
    storeInvoiceItem(context, {
      amount: amountFor(context.store, price, quantity, subscription.currency),
      currency: subscription.currency,
      customer: subscription.customer,
      description: context.store.find("product", String(price.product))?.name ?? null,
      discountable: entry.discountable ?? true,
      metadata: changedMetadata({}, entry.metadata),
      parent: { subscription_details: { subscription: subscription.id }, type: "subscription_details" },
      pricing: pricingOf(price),
      quantity,
      tax_rates: taxRatesOf(context, entry.tax_rates ?? [], `${param}[tax_rates]`),
    });
  }
}

function firstPeriod(line: Line, start: number, trialEnd: number | null, anchor: number | undefined) {
  const rhythm = recurrenceOf(line.price);
  if (trialEnd !== null) return { start, end: trialEnd };
  return {
    start,
    end: anchor === undefined ? periodEnd(start, rhythm) : periodAt(anchor, start, rhythm).end,
  };
}

function anchorOf(
  { billing_cycle_anchor: anchor }: Parameters,
  lines: readonly Line[],
  start: number,
  trialEnd: number | null,
): number | undefined {
  if (anchor === undefined || trialEnd !== null) return undefined;
  const latest = Math.min(...lines.map(({ price }) => periodEnd(start, recurrenceOf(price))));
  if (anchor > start && anchor <= latest) return anchor;
  throw invalidRequest(
    "Invalid `billing_cycle_anchor`: it must be in the future, and not later than the next natural billing date.",
    undefined,
    "billing_cycle_anchor",
  );
}

function cancellation(
  { cancel_at: at, cancel_at_period_end: atPeriodEnd }: Parameters,
  items: Stripe.SubscriptionItem[],
  now: number,
): Partial<Stripe.Subscription> {
  const ends = items.map((item) => item.current_period_end);
  if (atPeriodEnd) return { cancel_at: Math.min(...ends), cancel_at_period_end: true, canceled_at: now };
  if (at === undefined) return {};
  const time = at === "min_period_end" ? Math.min(...ends) : at === "max_period_end" ? Math.max(...ends) : at;
  if (time <= now) throw invalidRequest("`cancel_at` must be in the future.", undefined, "cancel_at");
  for (const item of items) item.current_period_end = Math.min(item.current_period_end, time);
  return { cancel_at: time, canceled_at: now };
}

function trialEndOf({ trial_period_days: days, trial_end: end }: Parameters, now: number): number | null {
  if (days !== undefined && end !== undefined)
    throw invalidRequest("Pass either trial_end or trial_period_days.", undefined, "trial_end");
  if (end === "now") return null;
  if (end !== undefined && end <= now)
    throw invalidRequest("Invalid trial_end: it must be in the future.", undefined, "trial_end");
  return end ?? (days === undefined || days === 0 ? null : now + days * SECONDS_PER_DAY);
}
