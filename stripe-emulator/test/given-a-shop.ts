import type Stripe from "stripe";
import { givenAnEmulator, type RunningEmulator } from "./running-emulator.ts";

export const DAY = 24 * 60 * 60;
/** A month of 30 days begins. */
export const APRIL_1 = Date.UTC(2030, 3, 1, 12) / 1000;

export interface Shop extends RunningEmulator {
  customer: string;
  /** The id of a new price of this amount; a month in dollars by default. */
  price(amount: number, given?: Partial<Stripe.PriceCreateParams>): Promise<string>;
  /** The types of the events since the last call. */
  fresh(): Promise<string[]>;
  /** Moves the clock by days. */
  pass(days: number): Promise<void>;
}

/** An emulator in April 2030 with a customer, who pays with the card if one is named. */
export async function givenAShop(card?: string): Promise<Shop> {
  const running = await givenAnEmulator({ now: () => APRIL_1 });
  const { stripe, control, eventTypes } = running;
  const { id: customer } = await stripe.customers.create({ email: "ada@shop.example" });
  if (card !== undefined) {
    const method = await stripe.paymentMethods.attach(card, { customer });
    await stripe.customers.update(customer, { invoice_settings: { default_payment_method: method.id } });
  }
  let seen = 0;
  const fresh = async () => {
    const types = await eventTypes();
    const news = types.slice(seen);
    seen = types.length;
    return news;
  };
  const price: Shop["price"] = async (amount, given = {}) => {
    const made = await stripe.prices.create({
      currency: "usd",
      unit_amount: amount,
      recurring: { interval: "month" },
      ...(given.product === undefined ? { product_data: { name: `Plan ${amount}` } } : {}),
      ...given,
    });
    return made.id;
  };
  const pass = async (days: number) => {
    await control("clock", { advance: days * DAY });
  };
  await fresh();
  return { ...running, customer, price, fresh, pass };
}

/** The lines of an invoice, as amounts with their descriptions. */
export function linesOf(invoice: Stripe.Invoice): [number, string | null][] {
  return invoice.lines.data.map((line) => [line.amount, line.description]);
}
