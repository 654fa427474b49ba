/** What is for sale in the demo: two plans of one product, created at the Stripe emulator as an account's owner does. */
import { createAtStripe as create } from "../demo/stripe-requests.ts";

export interface Catalogue {
  /** $19.00 a month. */
  readonly basic: string;
  /** $49.00 a month. */
  readonly pro: string;
}

/** `stripe`: the emulator's address. Throws its response when it refuses. */
export async function createCatalogue(stripe: string): Promise<Catalogue> {
  const product = await create(stripe, "products", { name: "Plan" });
  const feature = await create(stripe, "entitlements/features", { name: "Reports", lookup_key: "reports" });
  await create(stripe, `products/${product}/features`, { entitlement_feature: feature });
  const price = (nickname: string, cents: number) =>
    create(stripe, "prices", {
      product,
      nickname,
      currency: "usd",
      unit_amount: String(cents),
      "recurring[interval]": "month",
    });
  return { basic: await price("Basic", 1900), pro: await price("Pro", 4900) };
}

/** Saves a test card for the customer, and returns its id. Its later charges are declined. */
export function saveFailingCard(stripe: string, customer: string): Promise<string> {
  return create(stripe, "payment_methods/pm_card_chargeCustomerFail/attach", { customer });
}

/** Has the subscription use the default card of its customer from now on. */
export async function useDefaultCard(stripe: string, subscription: string): Promise<void> {
  await create(stripe, `subscriptions/${subscription}`, { default_payment_method: "" });
}
