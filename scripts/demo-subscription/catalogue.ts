/** What is for sale in the demo: two plans of one product, created at the Stripe emulator as an account's owner does. */
import { fieldOf, textOf } from "../../lib/untrusted.ts";

const AUTHORIZATION = "Bearer sk_test_local";

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

/** Returns the id of what was created or changed. */
async function create(stripe: string, path: string, form: Readonly<Record<string, string>>): Promise<string> {
  const answer = await fetch(`${stripe}/v1/${path}`, {
    method: "POST",
    headers: { authorization: AUTHORIZATION, "content-type": "application/x-www-form-urlencoded" },
    body: new URLSearchParams(form).toString(),
  });
  const body: unknown = await answer.json();
  const id = textOf(fieldOf(body, "id"));
  if (answer.ok && id !== undefined) return id;
  throw new Error(`POST /v1/${path} responded with ${answer.status}: ${JSON.stringify(body)}`);
}
