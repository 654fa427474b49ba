/** What the company of the sample month sells: made once, as the account's owner does. */
import { fieldOf, textOf } from "../../lib/untrusted.ts";
import { createAtStripe, listAtStripe } from "../demo/stripe-requests.ts";

/** Prices, by Stripe's ids. */
export interface Plans {
  /** $19.00 a month. */
  readonly basic: string;
  /** $49.00 a month. */
  readonly pro: string;
}

/** `stripe`: the emulator's address. */
export async function plansOf(stripe: string): Promise<Plans> {
  const prices = await listAtStripe(stripe, "prices");
  const known = (nickname: string) =>
    textOf(
      fieldOf(
        prices.find((price) => fieldOf(price, "nickname") === nickname),
        "id",
      ),
    );
  const [basic, pro] = [known("Basic"), known("Pro")];
  if (basic !== undefined && pro !== undefined) return { basic, pro };
  const product = await createAtStripe(stripe, "products", { name: "Plan" });
  const price = (nickname: string, cents: string) =>
    createAtStripe(stripe, "prices", {
      ...{ product, nickname, currency: "usd", unit_amount: cents },
      "recurring[interval]": "month",
    });
  return { basic: await price("Basic", "1900"), pro: await price("Pro", "4900") };
}
