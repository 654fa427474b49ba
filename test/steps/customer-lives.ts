/** Lives of customers with a subscription, played at the Stripe emulator, with what Stripe returned at each of their steps. */
import type Stripe from "stripe";
import { recordsAtStripe } from "../../lib/customers/recorded-customer.ts";
import { fetchObject, type ReadStripe, stripeReader } from "../../lib/events/resolve-event.ts";
import { readSnapshot, type StripeEvent } from "../../lib/events/stripe-event.ts";
import type { StripeEmulator } from "../../stripe-emulator/index.ts";
import { emulatorClient } from "./stripe-emulator-client.ts";
import { timeLeft } from "./time-left.ts";

/** Something that happens, and how many seconds after what was before: 0 is the same second, in which Stripe must be asked. */
export interface Act {
  readonly after: number;
  readonly what: keyof typeof ACTS;
}

export interface Life {
  readonly customerId: string;
  /** Those that decide the state of a customer, as they happened. `step` is the act that caused it. */
  readonly events: readonly { readonly event: StripeEvent; readonly step: number }[];
  /** For each act: what Stripe returned after it, and when that was. */
  readonly steps: readonly { readonly read: ReadStripe; readonly now: Date }[];
}

/** Kinds of objects that the state of a customer consists of. */
const PARTS: ReadonlySet<string> = new Set([
  "customer",
  "subscription",
  "payment_method",
  "entitlements.active_entitlement_summary",
]);

interface Played {
  readonly stripe: Stripe;
  customer: string;
  subscription: string;
  card: string;
}

const DAY = 86_400;
const update = ({ stripe, subscription }: Played, changes: Stripe.SubscriptionUpdateParams) =>
  stripe.subscriptions.update(subscription, changes);

const ACTS = {
  customer: async (played: Played) => {
    const { id } = await played.stripe.customers.create({
      email: "ada@example.com",
      metadata: { userId: "u1" },
    });
    played.customer = id;
  },
  card: async (played: Played) => {
    const { id } = await played.stripe.paymentMethods.attach("pm_card_visa", { customer: played.customer });
    played.card = id;
  },
  "default card": ({ stripe, customer, card }: Played) =>
    stripe.customers.update(customer, { invoice_settings: { default_payment_method: card } }),
  "failing card": async (played: Played) => {
    const { id } = await played.stripe.paymentMethods.attach("pm_card_chargeCustomerFail", {
      customer: played.customer,
    });
    played.card = id;
    await played.stripe.customers.update(played.customer, {
      invoice_settings: { default_payment_method: id },
    });
  },
  "no card": ({ stripe, card }: Played) => stripe.paymentMethods.detach(card),
  subscription: (played: Played) => subscribe(played, {}),
  trial: (played: Played) => subscribe(played, { trial_period_days: 14 }),
  entitled: (played: Played) => subscribe(played, { trial_period_days: 14 }, true),
  "without proration": async (played: Played) => {
    const { items } = await played.stripe.subscriptions.retrieve(played.subscription);
    await update(played, {
      items: [{ id: items.data[0]?.id ?? "", quantity: 4 }],
      proration_behavior: "none",
    });
  },
  pause: (played: Played) => update(played, { pause_collection: { behavior: "void" } }),
  resume: (played: Played) => update(played, { pause_collection: "" }),
  "cancel at period end": (played: Played) => update(played, { cancel_at_period_end: true }),
  keep: (played: Played) => update(played, { cancel_at_period_end: false }),
  "other metadata": (played: Played) => update(played, { metadata: { teamId: "t9" } }),
  cancel: ({ stripe, subscription }: Played) => stripe.subscriptions.cancel(subscription),
  "customer deleted": ({ stripe, customer }: Played) => stripe.customers.del(customer),
  "time passes": async () => undefined,
} as const;

async function subscribe(
  played: Played,
  more: Partial<Stripe.SubscriptionCreateParams>,
  isEntitled = false,
): Promise<void> {
  const { stripe, customer } = played;
  const product = await stripe.products.create({ name: "Pro" });
  if (isEntitled) {
    const feature = await stripe.entitlements.features.create({ name: "Reports", lookup_key: "reports" });
    await stripe.products.createFeature(product.id, { entitlement_feature: feature.id });
  }
  const price = { currency: "usd", unit_amount: 1900, recurring: { interval: "month" as const } };
  const { id } = await stripe.subscriptions.create({
    customer,
    items: [{ price_data: { ...price, product: product.id } }],
    ...more,
  });
  played.subscription = id;
}

const at = (after: number, ...what: readonly Act["what"][]): Act[] =>
  what.map((each, index) => ({ what: each, after: index === 0 ? after : 0 }));

/** Those with the fewest events first. */
export const LIVES: readonly { readonly name: string; readonly acts: readonly Act[] }[] = [
  {
    name: "a trial that is scheduled to end, kept and canceled, within seconds",
    acts: [...at(0, "customer", "trial", "cancel at period end", "keep"), ...at(1, "cancel")],
  },
  {
    name: "a trial that is paused and resumed, hours apart",
    acts: [
      ...at(0, "customer"),
      ...at(60, "trial"),
      ...at(3600, "pause"),
      ...at(3600, "resume"),
      ...at(60, "cancel at period end"),
    ],
  },
  {
    name: "a trial whose end cancels it, because there is no card",
    acts: [...at(0, "customer", "trial"), ...at(60, "cancel at period end"), ...at(15 * DAY, "time passes")],
  },
  {
    name: "a trial with features that ends early",
    acts: [...at(0, "customer"), ...at(1, "entitled"), ...at(1, "without proration", "cancel")],
  },
  {
    name: "a card, a subscription, and the card is gone",
    acts: [...at(0, "customer", "card"), ...at(1, "default card"), ...at(1, "trial"), ...at(1, "no card")],
  },
  {
    name: "a customer who is deleted",
    acts: [...at(0, "customer", "trial"), ...at(1, "other metadata"), ...at(1, "customer deleted")],
  },
  {
    name: "a renewal that is declined, and the grace",
    acts: [
      ...at(0, "customer", "card", "default card"),
      ...at(1, "subscription"),
      ...at(60, "failing card"),
      ...at(32 * DAY, "time passes"),
    ],
  },
  {
    name: "a whole life with features",
    acts: [
      ...at(0, "customer", "card", "default card"),
      ...at(1, "entitled"),
      ...at(5, "without proration", "pause"),
      ...at(5, "resume", "cancel at period end"),
      ...at(5, "cancel"),
    ],
  },
];

/** Plays the acts. Only `Date` may be faked (movable-clock.ts). */
export async function playLife(
  acts: readonly Act[],
  emulator: StripeEmulator,
  stripe: Stripe,
): Promise<Life> {
  const { control, eventsSince } = emulatorClient(emulator.url);
  await control("POST", "reset");
  const played: Played = { stripe, customer: "", subscription: "", card: "" };
  const events: { event: StripeEvent; step: number }[] = [];
  const reads: Map<string, Readonly<Record<string, unknown>> | undefined>[] = [];
  const times: Date[] = [];
  let emitted = 0;
  let offset = 0;
  for (const [step, { after, what }] of acts.entries()) {
    if (after > 0) await control("POST", "clock", { advance: after });
    offset += after;
    await ACTS[what](played);
    const fresh = await eventsSince(emitted);
    emitted += fresh.length;
    for (const each of fresh) {
      const event = readSnapshot(each);
      if (event !== undefined && PARTS.has(String(event.object.object))) events.push({ event, step });
    }
    const now = new Date(Date.now() + offset * 1000);
    times.push(now);
    reads.push(await everythingRead(played.customer, events, now));
  }
  const read =
    (known: ReadonlyMap<string, Readonly<Record<string, unknown>> | undefined>): ReadStripe =>
    async (path, query) => {
      const key = JSON.stringify([path, query]);
      if (!known.has(key)) throw new Error(`Stripe was not asked for ${key} when the life was played`);
      return known.get(key);
    };
  return {
    customerId: played.customer,
    events,
    steps: reads.map((known, step) => ({ read: read(known), now: times[step] ?? new Date() })),
  };
}

/** What Stripe returns now to every request that the events of the customer can cause. */
async function everythingRead(
  customer: string,
  events: Life["events"],
  now: Date,
): Promise<Map<string, Readonly<Record<string, unknown>> | undefined>> {
  const responses = new Map<string, Readonly<Record<string, unknown>> | undefined>();
  const ask = stripeReader({ ...timeLeft(10_000), noteVendorRequest: () => undefined });
  const read: ReadStripe = async (path, query) => {
    const response = await ask(path, query);
    responses.set(JSON.stringify([path, query]), response);
    return response;
  };
  for (const { event } of events) await fetchObject(String(event.object.object), event.object.id, read);
  await recordsAtStripe(customer, read, now);
  return responses;
}
