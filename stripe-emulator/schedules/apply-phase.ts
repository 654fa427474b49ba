/** Makes the subscription of a schedule what a phase says, by the requests that anyone could make. */
import type Stripe from "stripe";
import { renamingParams } from "../protocol/errors.ts";
import { apiRequest } from "../state/api-request.ts";
import type { Context, InnerParameters } from "../state/context.ts";
import { previousAttributes } from "../state/emit-event.ts";

type Schedule = Stripe.SubscriptionSchedule;
type Phase = Stripe.SubscriptionSchedule.Phase;

/**
 * Creates the subscription of the first phase. Its invoice is collected without the customer: when that fails, the
 * subscription is past due, as one that has begun earlier.
 */
export function startSubscription(context: Context, schedule: Schedule): Stripe.Subscription {
  const { store, clock } = context;
  const [phase] = schedule.phases;
  if (phase === undefined) throw new Error(`The schedule ${schedule.id} has no phase.`);
  const customer = store.get("customer", String(schedule.customer), "customer");
  const method =
    methodOf(schedule, phase) ?? customer.invoice_settings.default_payment_method ?? customer.default_source;
  const charges = collectionOf(schedule, phase) === "charge_automatically";
  const isLate = phase.start_date < clock.now();
  const id = inPhase(0, () =>
    apiRequest(context, "POST", "/v1/subscriptions", {
      ...commonParameters(schedule, phase),
      customer: customer.id,
      items: phase.items.map((item) => itemParameters(item)),
      ...(charges
        ? { off_session: true, payment_behavior: method ? "allow_incomplete" : "default_incomplete" }
        : {}),
      ...(isLate ? { backdate_start_date: phase.start_date, proration_behavior: "none" } : {}),
      ...(phase.trial_end !== null && phase.trial_end > clock.now() ? { trial_end: phase.trial_end } : {}),
    }),
  );
  const created = store.get("subscription", id);
  if (created.status !== "incomplete") return created;
  const late = store.patch("subscription", created, { status: "past_due" });
  context.emit("customer.subscription.updated", late, { status: created.status });
  return late;
}

/** Changes the subscription to a phase: `customer.subscription.updated` and the invoice of the change. */
export function applyPhase(
  context: Context,
  schedule: Schedule,
  phase: Phase,
  prorate = phase.proration_behavior,
): void {
  const { store, clock } = context;
  const before = store.get("subscription", String(schedule.subscription));
  const index = schedule.phases.indexOf(phase);
  // Nothing of a period that ends now is left to prorate.
  const isBoundary = before.items.data.every(({ current_period_end: end }) => end <= clock.now());
  const trial =
    phase.trial_end !== null && phase.trial_end > clock.now() ? { trial_end: phase.trial_end } : {};
  inPhase(index, () =>
    apiRequest(context, "POST", `/v1/subscriptions/${before.id}`, {
      ...commonParameters(schedule, phase),
      items: changedItems(before, phase),
      proration_behavior: isBoundary ? "none" : prorate,
      ...(phase.billing_cycle_anchor === "phase_start" && !isBoundary
        ? { billing_cycle_anchor: { type: "now" } }
        : {}),
      ...trial,
      ...(phase.discounts.length === 0 && before.discounts.length > 0 ? { discounts: "" } : {}),
    }),
  );
  const after = store.get("subscription", before.id);
  const kept = store.patch("subscription", after, { schedule: schedule.id });
  if (after.schedule !== kept.schedule)
    context.emit("customer.subscription.updated", kept, previousAttributes(after, kept));
}

/** An error about the subscription's parameters names those of the phase. */
function inPhase<T>(index: number, action: () => T): T {
  return renamingParams((param) => {
    const [name = "", ...rest] = param.split("[");
    const path = [`phases[${index}][${name}]`, ...rest].join("[");
    return name === "customer" ? "customer" : path;
  }, action);
}

function commonParameters(schedule: Schedule, phase: Phase): InnerParameters {
  const { default_settings: settings } = schedule;
  const collection = collectionOf(schedule, phase);
  const daysUntilDue = phase.invoice_settings?.days_until_due ?? settings.invoice_settings.days_until_due;
  const method = methodOf(schedule, phase);
  const description = phase.description ?? settings.description;
  return {
    ...(collection === "send_invoice" ? { collection_method: collection } : {}),
    ...(collection === "send_invoice" && daysUntilDue !== null ? { days_until_due: daysUntilDue } : {}),
    ...(method === null ? {} : { default_payment_method: method }),
    ...(description === null ? {} : { description }),
    ...(phase.discounts.length === 0
      ? {}
      : { discounts: phase.discounts.map((given) => discountParameters(given)) }),
    ...(phase.add_invoice_items.length === 0
      ? {}
      : {
          add_invoice_items: phase.add_invoice_items.map(({ price, quantity }) => ({
            price: String(price),
            quantity: quantity ?? 1,
          })),
        }),
    ...(Object.keys(phase.metadata ?? {}).length === 0 ? {} : { metadata: { ...phase.metadata } }),
  };
}

function collectionOf({ default_settings: settings }: Schedule, phase: Phase): string {
  return phase.collection_method ?? settings.collection_method ?? "charge_automatically";
}

function methodOf({ default_settings: settings }: Schedule, phase: Phase): string | null {
  const method = phase.default_payment_method ?? settings.default_payment_method;
  return method === null ? null : String(method);
}

/** Items of the same price stay; the others change into those that the phase has instead, are added or deleted. */
function changedItems({ items }: Stripe.Subscription, phase: Phase) {
  const current = [...items.data];
  const take = (found: (item: Stripe.SubscriptionItem) => boolean) => {
    const index = current.findIndex(found);
    return index === -1 ? undefined : current.splice(index, 1)[0];
  };
  const kept = phase.items.map((wanted) => ({
    wanted,
    item: take(({ price }) => price.id === String(wanted.price)),
  }));
  const changed = kept.map(({ wanted, item }) => {
    const replaced = item ?? take(() => true);
    return { ...(replaced === undefined ? {} : { id: replaced.id }), ...itemParameters(wanted) };
  });
  return [...changed, ...current.map(({ id }) => ({ id, deleted: true }))];
}

function itemParameters({ price, quantity, metadata, discounts }: Stripe.SubscriptionSchedule.Phase.Item) {
  return {
    price: String(price),
    ...(quantity === undefined ? {} : { quantity }),
    ...(Object.keys(metadata ?? {}).length === 0 ? {} : { metadata: { ...metadata } }),
    ...(discounts.length === 0 ? {} : { discounts: discounts.map((given) => discountParameters(given)) }),
  };
}

function discountParameters({
  coupon,
  discount,
  promotion_code: code,
}: Stripe.SubscriptionSchedule.Phase.Discount) {
  return {
    ...(coupon === null ? {} : { coupon: String(coupon) }),
    ...(discount === null ? {} : { discount: String(discount) }),
    ...(code === null ? {} : { promotion_code: String(code) }),
  };
}
