/** Stripe as the counted payment sees it: somebody pays, and events follow. */
import { fieldOf, fieldsOf, listOf } from "../../../lib/untrusted.ts";
import { startStripeEmulator } from "../../../stripe-emulator/index.ts";

export interface PayingStripe {
  readonly url: string;
  /** Pays the newest payment intent, as a payer does. */
  pay(): Promise<void>;
  /** The events since the last time that they were asked for. */
  newEvents(): Promise<readonly Readonly<Record<string, unknown>>[]>;
  close(): Promise<void>;
}

/** Starts the emulator. */
export async function startPayingStripe(): Promise<PayingStripe> {
  const { url, close } = await startStripeEmulator({ port: 0 });
  const ask = async (path: string, init?: RequestInit) => {
    const headers = { "content-type": "application/json", authorization: "Bearer sk_test_local" };
    const response = await fetch(`${url}/${path}`, { headers, ...init });
    const text = await response.text();
    if (!response.ok) throw new Error(`${path}: ${response.status} ${text}`);
    return fieldsOf(JSON.parse(text));
  };
  const order = (path: string, body: object) =>
    ask(`_emulator/${path}`, { method: "POST", body: JSON.stringify(body) });
  let told = 0;
  return {
    url,
    close,
    async pay() {
      // Events of one second cannot show which is newer: then a consumer asks Stripe.
      await order("clock", { advance: 2 });
      const { data } = await ask("v1/payment_intents?limit=1");
      await order("pay", { paymentIntent: fieldsOf(listOf(data)[0]).id, card: "4242424242424242" });
    },
    async newEvents() {
      const { events } = await ask("_emulator/events");
      const news = listOf(events).slice(told);
      told += news.length;
      return news.map((item) => fieldsOf(fieldOf(item, "event")));
    },
  };
}
