/** The phases of a subscription schedule: when each one begins and ends, and what its subscription is then. */
import type Stripe from "stripe";
import { periodEnd } from "../billing/period.ts";
import { invalidRequest } from "../protocol/errors.ts";
import { changedMetadata, type MetadataChange } from "../protocol/parameter-kinds.ts";
import { apiRequest } from "../state/api-request.ts";
import type { Context } from "../state/context.ts";

type Phase = Stripe.SubscriptionSchedule.Phase;
type Interval = Stripe.Price.Recurring.Interval;

export interface GivenDiscount {
  coupon?: string;
  discount?: string;
  promotion_code?: string;
}

export interface GivenItem {
  price?: string;
  price_data?: {
    currency: string;
    product: string;
    recurring: { interval: Interval; interval_count?: number };
    tax_behavior?: string;
    unit_amount?: number;
    unit_amount_decimal?: string;
  };
  quantity?: number;
  metadata?: MetadataChange;
  discounts?: GivenDiscount[] | null;
}

export interface GivenPhase {
  items: GivenItem[];
  add_invoice_items?: { price: string; quantity?: number }[];
  billing_cycle_anchor?: string;
  collection_method?: string;
  currency?: string;
  default_payment_method?: string;
  description?: string | null;
  discounts?: GivenDiscount[] | null;
  duration?: { interval: Interval; interval_count?: number };
  end_date?: number | "now";
  invoice_settings?: { days_until_due?: number };
  iterations?: number;
  metadata?: MetadataChange;
  proration_behavior?: string;
  start_date?: number | "now";
  trial?: boolean;
  trial_end?: number | "now";
}

/** The phases as given, one after another from `start` (unix seconds). Throws a 400 that names the parameter. */
export function phasesFrom(context: Context, given: readonly GivenPhase[], start: number): Phase[] {
  if (given.length === 0) {
    throw invalidRequest("A subscription schedule must have at least one phase.", undefined, "phases");
  }
  let begin = start;
  return given.map((phase, index) => {
    const made = phaseFrom(context, phase, begin, `phases[${index}]`);
    begin = made.end_date;
    return made;
  });
}

function phaseFrom(context: Context, given: GivenPhase, start: number, param: string): Phase {
  const now = context.clock.now();
  const at = (time: number | "now") => (time === "now" ? now : time);
  if (given.start_date !== undefined && at(given.start_date) !== start) {
    const message = `Each phase must begin when the one before ends: ${param}[start_date] must be ${start}.`;
    throw invalidRequest(message, undefined, `${param}[start_date]`);
  }
  if (given.items.length === 0) {
    throw invalidRequest("A phase must have at least one item.", undefined, `${param}[items]`);
  }
  const prices = given.items.map((item, index) => priceOf(context, item, `${param}[items][${index}]`));
  const end = endOf(given, start, prices, param, at);
  const trialEnd = given.trial ? end : given.trial_end === undefined ? null : at(given.trial_end);
  if (trialEnd !== null && (trialEnd <= start || trialEnd > end)) {
    const message = "The trial of a phase must end after the phase begins, and not after it ends.";
    throw invalidRequest(message, undefined, `${param}[trial_end]`);
  }
  return {
    add_invoice_items: (given.add_invoice_items ?? []).map(({ price, quantity = 1 }) => ({
      discountable: null,
      discounts: [],
      metadata: {},
      period: { start: { type: "phase_start" }, end: { type: "phase_end" } },
      price: context.store.get("price", price, `${param}[add_invoice_items]`).id,
      quantity,
      tax_rates: [],
    })),
    application_fee_percent: null,
    billing_cycle_anchor: given.billing_cycle_anchor ?? null,
    billing_thresholds: null,
    collection_method: given.collection_method ?? null,
    currency: given.currency ?? prices[0]?.currency ?? "usd",
    default_payment_method: given.default_payment_method ?? null,
    default_tax_rates: [],
    description: given.description ?? null,
    discounts: discountsFrom(given.discounts),
    end_date: end,
    invoice_settings:
      given.invoice_settings === undefined
        ? null
        : {
            account_tax_ids: null,
            custom_fields: null,
            days_until_due: given.invoice_settings.days_until_due ?? null,
            description: null,
            footer: null,
            issuer: null,
          },
    items: given.items.map((item, index) => {
      const price = prices[index]?.id ?? "";
      return {
        billing_thresholds: null,
        discounts: discountsFrom(item.discounts),
        metadata: changedMetadata({}, item.metadata),
        plan: price,
        price,
        quantity: item.quantity ?? 1,
        tax_rates: [],
      };
    }),
    metadata: changedMetadata({}, given.metadata),
    on_behalf_of: null,
    proration_behavior: given.proration_behavior ?? "create_prorations",
    start_date: start,
    transfer_data: null,
    trial_end: trialEnd,
  };
}

/** When nothing says how long a phase is, it is one billing period of its first item. */
function endOf(
  given: GivenPhase,
  start: number,
  prices: readonly Stripe.Price[],
  param: string,
  at: (time: number | "now") => number,
): number {
  const lengths = [given.duration, given.end_date, given.iterations].filter((value) => value !== undefined);
  if (lengths.length > 1) {
    const message = "Pass only one of duration, end_date and iterations for a phase.";
    throw invalidRequest(message, undefined, `${param}[${given.duration ? "duration" : "end_date"}]`);
  }
  if (given.end_date !== undefined) {
    const end = at(given.end_date);
    if (end > start) return end;
    throw invalidRequest(
      `A phase must end after it begins: ${param}[end_date] must be after ${start}.`,
      undefined,
      `${param}[end_date]`,
    );
  }
  if (given.duration !== undefined) {
    const { interval, interval_count: count = 1 } = given.duration;
    return periodEnd(start, { interval, interval_count: count });
  }
  const { interval, interval_count: count } = prices[0]?.recurring ?? {
    interval: "month",
    interval_count: 1,
  };
  return periodEnd(start, { interval, interval_count: count * (given.iterations ?? 1) });
}

function priceOf(context: Context, { price, price_data: data }: GivenItem, param: string): Stripe.Price {
  if ((price === undefined) === (data === undefined)) {
    throw invalidRequest(
      `Pass exactly one of ${param}[price] and ${param}[price_data].`,
      undefined,
      `${param}[price]`,
    );
  }
  const id =
    price ?? apiRequest(context, "POST", "/v1/prices", { ...data, recurring: { ...data?.recurring } });
  const found = context.store.get("price", id, `${param}[price]`);
  if (found.recurring !== null && found.active) return found;
  const message = `The price ${id} is ${found.active ? "not a recurring one" : "inactive"}: a phase needs active recurring prices.`;
  throw invalidRequest(message, undefined, `${param}[price]`);
}

function discountsFrom(
  given: readonly GivenDiscount[] | null | undefined,
): Stripe.SubscriptionSchedule.Phase.Discount[] {
  return (given ?? []).map(({ coupon = null, discount = null, promotion_code: code = null }) => ({
    coupon,
    discount,
    promotion_code: code,
  }));
}
