import type Stripe from "stripe";
import { billChange } from "../billing/bill-change.ts";
import type { ChangeTerms } from "../billing/change-subscription.ts";
import { currentDiscounts } from "../billing/discount.ts";
import { removeDiscount } from "../billing/discounts-in-use.ts";
import { announceTrialEnd } from "../billing/trial-notice.ts";
import { present } from "../present.ts";
import { invalidRequest } from "../protocol/errors.ts";
import { changedMetadata } from "../protocol/parameter-kinds.ts";
import type { Parsed } from "../protocol/parameters.ts";
import type { Context } from "../state/context.ts";
import { previousAttributes } from "../state/emit-event.ts";
import { addInvoiceItems } from "./create-subscription.ts";
import { redeemedDiscounts } from "./discount-parameters.ts";
import { assertMethodOf, collectionOf } from "./subscription-checks.ts";
import { changedItems } from "./subscription-item-changes.ts";
import type { updateParameters } from "./subscription-parameters.ts";
import { taxRatesOf } from "./tax-rate-ids.ts";

type Parameters = Parsed<typeof updateParameters>;

/** What an ended subscription still takes. */
const AFTER_THE_END: ReadonlySet<string> = new Set(["cancellation_details", "metadata"]);
/** What can wait for a payment: https://docs.stripe.com/billing/subscriptions/pending-updates-reference */
const PENDABLE: ReadonlySet<string> = new Set([
  ...["billing_cycle_anchor", "items", "off_session", "payment_behavior"],
  ...["proration_behavior", "proration_date", "trial_end", "add_invoice_items"],
]);

/** Changes a subscription, and bills the change. Returns it as it is then. */
export function updateSubscription(
  context: Context,
  id: string,
  parameters: Parameters,
): Stripe.Subscription {
  const before = context.store.get("subscription", id);
  const names = Object.keys(parameters);
  if (before.ended_at !== null) return updateEnded(context, before, parameters);
  const payment = parameters.payment_behavior ?? "allow_incomplete";
  const notPendable =
    payment === "pending_if_incomplete" ? names.find((name) => !PENDABLE.has(name)) : undefined;
  if (notPendable !== undefined) {
    throw invalidRequest(
      `With \`payment_behavior\` set to \`pending_if_incomplete\`, the parameter ${notPendable} cannot be changed.`,
      undefined,
      notPendable,
    );
  }
  if (before.status === "incomplete" && parameters.items !== undefined) {
    throw invalidRequest(
      "The items of an incomplete subscription cannot be changed before its first invoice is paid.",
      undefined,
      "items",
    );
  }
  const wanted = wantedSubscription(context, before, parameters);
  if (parameters.add_invoice_items) addInvoiceItems(context, before, parameters.add_invoice_items);
  const terms = termsOf(parameters, context.clock.now());
  // Discounts that ended have changed what is stored, but not what the change is compared with.
  const changed = billChange(context, before, wanted, terms, {
    payment,
    offSession: parameters.off_session ?? false,
  });
  if (changed.status === "trialing") announceTrialEnd(context, changed);
  return changed;
}

/** The terms of a change. Throws a 400 for a trial that ends in the past. */
export function termsOf(
  parameters: Pick<
    Parameters,
    "billing_cycle_anchor" | "proration_behavior" | "proration_date" | "trial_end"
  >,
  now: number,
): ChangeTerms {
  const { trial_end: trialEnd } = parameters;
  if (typeof trialEnd === "number" && trialEnd <= now) {
    throw invalidRequest("Invalid trial_end: it must be in the future, or `now`.", undefined, "trial_end");
  }
  return {
    prorationBehavior: parameters.proration_behavior ?? "create_prorations",
    prorationDate: parameters.proration_date,
    startsPeriod: parameters.billing_cycle_anchor?.type === "now",
    trialEnd,
  };
}

function updateEnded(
  context: Context,
  before: Stripe.Subscription,
  parameters: Parameters,
): Stripe.Subscription {
  if (Object.keys(parameters).some((name) => !AFTER_THE_END.has(name))) {
    throw invalidRequest("A canceled subscription can only update its cancellation_details and metadata.");
  }
  const after = context.store.patch("subscription", before, {
    metadata: changedMetadata(before.metadata, parameters.metadata),
    cancellation_details: changedDetails(before, parameters),
  });
  context.emit("customer.subscription.updated", after, previousAttributes(before, after));
  return after;
}

/** The subscription as the request wants it. Redeems and ends discounts: `customer.discount.created` and `.deleted`. */
export function wantedSubscription(
  context: Context,
  before: Stripe.Subscription,
  parameters: Parameters,
): Stripe.Subscription {
  const { default_payment_method: method, description, pause_collection: pause } = parameters;
  if (typeof method === "string") assertMethodOf(context, method, String(before.customer));
  const items = changedItems(context, before, parameters.items ?? []);
  const missing = parameters.trial_settings?.end_behavior.missing_payment_method;
  return {
    ...before,
    ...present({ default_payment_method: method, description }),
    ...collectionOf(parameters, before),
    ...cancellation(parameters, before, items, context.clock.now()),
    cancellation_details: changedDetails(before, parameters),
    default_tax_rates:
      parameters.default_tax_rates === undefined
        ? (before.default_tax_rates ?? [])
        : taxRatesOf(context, parameters.default_tax_rates, "default_tax_rates"),
    discounts: changedDiscounts(context, before, parameters),
    invoice_settings: { ...before.invoice_settings, ...parameters.invoice_settings },
    items: { ...before.items, data: items },
    metadata: changedMetadata(before.metadata, parameters.metadata),
    pause_collection:
      pause === undefined
        ? before.pause_collection
        : pause && { behavior: pause.behavior, resumes_at: pause.resumes_at ?? null },
    payment_settings: before.payment_settings && {
      ...before.payment_settings,
      ...parameters.payment_settings,
    },
    trial_settings: before.trial_settings && {
      end_behavior: {
        ...before.trial_settings.end_behavior,
        ...present({ missing_payment_method: missing }),
      },
    },
  };
}

function changedDiscounts(
  context: Context,
  before: Stripe.Subscription,
  { discounts: given }: Parameters,
): (string | Stripe.Discount)[] {
  if (given === undefined) return before.discounts;
  const { store, clock } = context;
  const customer = String(before.customer);
  const redemption = { owner: { customer, subscription: before.id }, customer, currency: before.currency };
  const discounts = redeemedDiscounts(context, given ?? [], redemption);
  for (const old of currentDiscounts(store, before.discounts, clock.now())) {
    if (!discounts.includes(old.id)) removeDiscount(context, old);
  }
  for (const id of discounts) {
    if (!before.discounts.includes(id)) context.emit("customer.discount.created", store.get("discount", id));
  }
  return discounts;
}

function cancellation(
  { cancel_at: at, cancel_at_period_end: atPeriodEnd }: Parameters,
  before: Stripe.Subscription,
  items: readonly Stripe.SubscriptionItem[],
  now: number,
): Partial<Stripe.Subscription> {
  if (at !== undefined && atPeriodEnd !== undefined) {
    throw invalidRequest("Pass either cancel_at or cancel_at_period_end.", undefined, "cancel_at_period_end");
  }
  if (atPeriodEnd === false || at === null) {
    return { cancel_at: null, cancel_at_period_end: false, canceled_at: null };
  }
  const ends = items.map((item) => item.current_period_end);
  const canceled_at = before.canceled_at ?? now;
  if (atPeriodEnd) return { cancel_at: Math.min(...ends), cancel_at_period_end: true, canceled_at };
  if (at === undefined) return {};
  const time = at === "min_period_end" ? Math.min(...ends) : at === "max_period_end" ? Math.max(...ends) : at;
  if (time <= now) throw invalidRequest("`cancel_at` must be in the future.", undefined, "cancel_at");
  return { cancel_at: time, cancel_at_period_end: false, canceled_at };
}

function changedDetails(
  { cancellation_details: before }: Stripe.Subscription,
  { cancellation_details: given }: Parameters,
): Stripe.Subscription.CancellationDetails | null {
  if (given === undefined) return before;
  return { comment: null, feedback: null, feedback_option: null, reason: null, ...before, ...given };
}
