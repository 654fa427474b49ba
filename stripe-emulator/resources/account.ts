import type Stripe from "stripe";
import { endpoint } from "./endpoint.ts";

export const accountEndpoints = [
  endpoint(
    "GET",
    "/v1/account",
    {},
    ({ context }): Stripe.Account => ({
      id: context.store.accountId,
      object: "account",
      charges_enabled: true,
      country: "US",
      default_currency: "usd",
      details_submitted: true,
      email: null,
      payouts_enabled: true,
      type: "standard",
    }),
  ),
];
