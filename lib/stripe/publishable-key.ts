import { env } from "../env.ts";
import { refuseKeyOfOtherStage } from "./stripe-keys.ts";

/** The key that the pay page hands to Stripe.js. Throws INTERNAL_ERROR if it does not belong to this stage. */
export function publishableKey(): string {
  const key = env("STRIPE_PUBLISHABLE_KEY");
  refuseKeyOfOtherStage("STRIPE_PUBLISHABLE_KEY", key, env("STAGE"));
  return key;
}
