/** The company of the demo: what it sells, who buys it, and what its application and its customers do in each chapter. */
import type { Client } from "../../client/index.ts";
import type { StackClient } from "../../local/stack-client.ts";
import { accessBecomes, accessOf, intentOn, passDays, typeCard } from "../demo/product-calls.ts";
import { createAtStripe } from "../demo/stripe-requests.ts";
import type { Timeline } from "../timeline.ts";

export const GOOD_CARD = "4242424242424242";
export const METER = "api_calls";

/** Prices, by Stripe's ids. */
export interface Catalogue {
  /** $19.00 a month. */
  readonly basic: string;
  /** $49.00 a month. */
  readonly pro: string;
  /** $0.02 for each API call, charged at the end of the month. */
  readonly calls: string;
}

export interface Company {
  /** As the company's application calls the API. */
  readonly api: Client;
  /** What is around the API: the payers and the clock. */
  readonly around: StackClient;
  /** The address of the Stripe emulator. */
  readonly stripe: string;
  readonly timeline: Timeline;
  readonly catalogue: Catalogue;
  /** The names of the customers, by Stripe's ids. */
  readonly names: Map<string, string>;
}

/** Creates what is for sale, as the account's owner does. */
export async function createCatalogue(stripe: string): Promise<Catalogue> {
  const product = await createAtStripe(stripe, "products", { name: "Plan" });
  const api = await createAtStripe(stripe, "products", { name: "API" });
  const meter = await createAtStripe(stripe, "billing/meters", {
    display_name: "API calls",
    event_name: METER,
    "default_aggregation[formula]": "sum",
  });
  const price = (form: Readonly<Record<string, string>>) =>
    createAtStripe(stripe, "prices", { currency: "usd", "recurring[interval]": "month", ...form });
  return {
    basic: await price({ product, nickname: "Basic", unit_amount: "1900" }),
    pro: await price({ product, nickname: "Pro", unit_amount: "4900" }),
    calls: await price({
      product: api,
      unit_amount: "2",
      "recurring[usage_type]": "metered",
      "recurring[meter]": meter,
    }),
  };
}

/** Creates a customer, and returns its id. */
export async function signUp({ api, names }: Company, name: string): Promise<string> {
  const { customerId } = await api.call("stripe-create-customer", {
    email: `${name}@example.com`,
    metadata: { userId: `user-${name}` },
  });
  names.set(customerId, name);
  return customerId;
}

/** Saves a card on the pay page, and makes it the one of all payments. Returns its id. */
export async function saveCard(
  { api, around }: Pick<Company, "api" | "around">,
  customerId: string,
  card = GOOD_CARD,
): Promise<string> {
  const { payUrl } = await api.call("stripe-create-setup-intent", { customerId });
  await typeCard(around, await intentOn(payUrl), card);
  const { items } = await api.call("stripe-list-payment-methods", { customerId });
  const saved = items.find(({ last4 }) => last4 === card.slice(-4));
  if (saved === undefined) throw new Error(`The card that ends with ${card.slice(-4)} was not saved`);
  const { paymentMethodId } = saved;
  await api.call("stripe-set-default-payment-method", { customerId, paymentMethodId });
  return paymentMethodId;
}

/** The latest payment of the customer. Throws if there is none. */
export async function latestPayment({ api }: Company, customerId: string): Promise<string> {
  for await (const { paymentIntentId } of api.list("stripe-list-payments", { customerId, limit: 1 }))
    return paymentIntentId;
  throw new Error(`${customerId} has paid nothing`);
}

/** Moves the clock, and returns when everything has happened that is due until then. */
export function later({ around, timeline }: Company, days: number, what: string): Promise<void> {
  return timeline.step("clock", `${days} days later: ${what}`, () => passDays(around, days));
}

/** Waits until the application sees that the customer has access for this reason, or has none. */
export function access({ api, timeline, names }: Company, customerId: string, reason: string): Promise<void> {
  return timeline.step("customer state", `${names.get(customerId)} ${accessOf(reason)}`, () =>
    accessBecomes(api, customerId, reason),
  );
}
