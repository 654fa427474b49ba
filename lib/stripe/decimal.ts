import { loadedStripeSdk } from "./stripe-sdk.ts";

/**
 * A whole number as the SDK wants amounts that may have a fraction. Its type belongs to the SDK, so it can only be made for
 * a request: within `withStripe`.
 */
export function decimalOf(amount: number) {
  const sdk = loadedStripeSdk();
  if (sdk === undefined)
    throw new Error("decimalOf is called outside of withStripe, before Stripe's SDK is loaded");
  return sdk.Decimal.from(amount);
}
