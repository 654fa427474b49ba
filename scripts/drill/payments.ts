/** Customers who pay during an incident. */
import { fieldOf } from "../../lib/untrusted.ts";
import { textIn } from "../demo/product-calls.ts";
import { createAtStripe, listAtStripe } from "../demo/stripe-requests.ts";
import type { Proof } from "./incident.ts";
import type { Scene } from "./scene.ts";

const GOOD_CARD = "4242424242424242";
export const AMOUNT_CENTS = 4200;

/** Has the payers pay these payments at Stripe. */
export async function payAll({ client }: Scene, intents: readonly string[]): Promise<void> {
  for (const intent of intents) {
    const { status, body } = await client.pay(intent, GOOD_CARD);
    if (status !== 200) throw new Error(`Stripe refused the card with ${status}: ${JSON.stringify(body)}`);
  }
}

/** Makes this many payments by our API, and has them paid. Returns their ids. */
export async function takePayments(scene: Scene, count: number): Promise<string[]> {
  const intents = await Promise.all(
    Array.from({ length: count }, async () => {
      const { status, body } = await scene.call("stripe-create-payment-intent", { amount: AMOUNT_CENTS });
      if (status !== 200) throw new Error(`A payment was refused with ${status}: ${JSON.stringify(body)}`);
      return textIn(body, "paymentIntentId");
    }),
  );
  await payAll(scene, intents);
  return intents;
}

/** All of the payments are recorded as paid. */
export async function recordedAsPaid({ client }: Scene, intents: readonly string[]): Promise<Proof> {
  const states = await Promise.all(
    intents.map((intent) => client.recordedState(intent, ({ status }) => status === "succeeded")),
  );
  return { what: "payments that our records show as paid", is: states.length, expected: intents.length };
}

/** The number of payments at Stripe. */
export async function paymentsAtStripe({ stripe }: Scene): Promise<number> {
  return (await listAtStripe(stripe, "payment_intents")).length;
}

/** Stripe's webhook endpoint of the stack. */
export async function webhookEndpoint({ stripe }: Scene): Promise<string> {
  const [endpoint] = await listAtStripe(stripe, "webhook_endpoints");
  return String(fieldOf(endpoint, "id"));
}

/** Switches the endpoint off, as in Stripe's dashboard. */
export async function disableWebhook(scene: Scene): Promise<void> {
  await createAtStripe(scene.stripe, `webhook_endpoints/${await webhookEndpoint(scene)}`, {
    disabled: "true",
  });
}
