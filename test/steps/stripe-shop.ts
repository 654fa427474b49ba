/** A Stripe emulator for the tests of capabilities, with customers, saved cards and subscriptions. */
import type Stripe from "stripe";
import { type StripeEmulator, startStripeEmulator } from "../../stripe-emulator/index.ts";
import { clientOf } from "./given-stripe-emulator.ts";
import { emulatorClient } from "./stripe-emulator-client.ts";

export interface StripeShop {
  readonly stripe: Stripe;
  readonly emulator: StripeEmulator;
  readonly events: ReturnType<typeof emulatorClient>["eventsSince"];
  readonly control: ReturnType<typeof emulatorClient>["control"];
  /** The authorizer of a caller that acts for one customer only. */
  boundTo(customerId: string, role?: string): { readonly authorizer: Record<string, string> };
  /** Attaches a test card to the customer, and returns its id. */
  savedCard(customerId: string, card?: string, options?: { readonly isDefault?: boolean }): Promise<string>;
  /** A monthly price of its own product. */
  monthlyPrice(amount: number, currency?: string): Promise<Stripe.Price>;
  /** Runs `act` while every request to Stripe fails with a 503, as from a proxy in front of Stripe. */
  whileDown<T>(act: () => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/** Starts Stripe, and points this process to it. Close it after the tests. The tables come from `given.localAws()`. */
export async function stripeShop(): Promise<StripeShop> {
  const emulator = await startStripeEmulator({ port: 0 });
  Object.assign(process.env, {
    STRIPE_API_BASE: emulator.url,
    STRIPE_SECRET_KEY: "sk_test_local",
    PUBLIC_URL: "https://pay.example.com",
    RETURN_ORIGINS: "https://shop.example.com",
  });
  const { control, eventsSince } = emulatorClient(emulator.url);
  const stripe = clientOf(emulator);
  return {
    stripe,
    emulator,
    control,
    events: eventsSince,
    boundTo: (customerId, role = "billing") => ({
      authorizer: { principalId: "k", roles: JSON.stringify([role]), customerId },
    }),
    async savedCard(customerId, card = "pm_card_visa", { isDefault = false } = {}) {
      const { id } = await stripe.paymentMethods.attach(card, { customer: customerId });
      if (isDefault)
        await stripe.customers.update(customerId, { invoice_settings: { default_payment_method: id } });
      return id;
    },
    async monthlyPrice(amount, currency = "usd") {
      return stripe.prices.create({
        currency,
        unit_amount: amount,
        recurring: { interval: "month" },
        product_data: { name: "Pro" },
      });
    },
    async whileDown(act) {
      await control("POST", "faults", { kind: "status", status: 503, times: 50 });
      try {
        return await act();
      } finally {
        await control("DELETE", "faults");
      }
    },
    close: () => emulator.close(),
  };
}
