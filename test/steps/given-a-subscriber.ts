/** A Stripe emulator for one test file, with customers who have a card, and plans that they can subscribe to. */
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll } from "@jest/globals";
import type Stripe from "stripe";
import { type StripeEmulator, startStripeEmulator } from "../../stripe-emulator/index.ts";
import * as given from "./given.ts";
import { clientOf } from "./given-stripe-emulator.ts";
import { emulatorClient } from "./stripe-emulator-client.ts";

/** Call it at the top of the file, instead of `given.localAws`. */
export function stripeShop() {
  const aws = given.localAws();
  let emulator: StripeEmulator | undefined;
  beforeAll(async () => {
    emulator = await startStripeEmulator({ port: 0 });
    Object.assign(process.env, {
      STRIPE_API_BASE: emulator.url,
      STRIPE_SECRET_KEY: "sk_test_local",
      PUBLIC_URL: "https://pay.example.com",
      RETURN_ORIGINS: "https://shop.example.com",
    });
  });
  afterAll(() => emulator?.close());
  const started = () => {
    if (emulator === undefined) throw new Error("The emulator is ready only after the first beforeAll");
    return emulator;
  };
  let stripe: Stripe | undefined;
  const shop = {
    aws,
    get stripe() {
      stripe ??= clientOf(started());
      return stripe;
    },
    /** Of the emulator's own interface. */
    get control() {
      return emulatorClient(started().url).control;
    },
    async customer(card?: "pm_card_visa" | "pm_card_chargeCustomerFail"): Promise<string> {
      const { id } = await shop.stripe.customers.create({ email: `${randomUUID()}@example.com` });
      if (card !== undefined) {
        const method = await shop.stripe.paymentMethods.attach(card, { customer: id });
        await shop.stripe.customers.update(id, { invoice_settings: { default_payment_method: method.id } });
      }
      return id;
    },
    /** A price of a new product, or of the `product` given; by default a month for 20 dollars. */
    async price(price: Partial<Stripe.PriceCreateParams> = {}): Promise<string> {
      const product = price.product ?? (await shop.stripe.products.create({ name: "Plan" })).id;
      const { id } = await shop.stripe.prices.create({
        unit_amount: 2000,
        currency: "usd",
        recurring: { interval: "month" },
        ...price,
        product,
      });
      return id;
    },
    /** A subscription that is paid, made in Stripe's dashboard. */
    async subscription(
      wanted: Partial<Stripe.SubscriptionCreateParams> & { readonly price?: string } = {},
    ): Promise<Stripe.Subscription> {
      const { price = await shop.price(), ...parameters } = wanted;
      return shop.stripe.subscriptions.create({
        customer: wanted.customer ?? (await shop.customer("pm_card_visa")),
        items: [{ price }],
        ...parameters,
      });
    },
  };
  return shop;
}

/** What a call for one customer has as its authorizer. */
export const boundTo = (customerId: string, role = "billing") => ({
  principalId: "k",
  roles: JSON.stringify([role]),
  customerId,
});
