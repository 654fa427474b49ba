/** What clients want. Each plan is a short story with choices that the seed makes. */
import { textOf } from "../../../lib/untrusted.ts";
import type { Client } from "./client.ts";

export type Plan = (client: Client) => Promise<void>;

/** A payment, with or without a customer, perhaps after a refused card. */
async function paidIntent(
  client: Client,
  captureMethod: "automatic" | "manual",
): Promise<PaidIntent | undefined> {
  const { schedule, history } = client;
  const customer = schedule.chance(0.6) ? await client.customer() : undefined;
  const amount = 100 * (2 + schedule.below(90));
  const { body } = await client.ask(
    "stripe-create-payment-intent",
    {
      ...{ amount, currency: "usd", captureMethod, metadata: { order: client.unique("order") } },
      ...(customer === undefined ? {} : { customerId: customer.id }),
    },
    "success",
  );
  const id = textOf(body.paymentIntentId);
  if (id === undefined) return undefined;
  await client.pause(5_000);
  for (let failures = schedule.pick([0, 0, 1, 2, 3]); failures > 0; failures -= 1) {
    await client.payWith(id, schedule.pick(["refused", "stolen"]));
    await client.pause(5_000);
  }
  await client.payWith(id, "good");
  history.payments.push({ paymentIntent: id, amount, email: customer?.email });
  return { id, amount };
}

interface PaidIntent {
  readonly id: string;
  readonly amount: number;
}

const pay: Plan = async (client) => {
  await paidIntent(client, "automatic");
};

/** A card that is refused, and a payer who gives up. */
const failToPay: Plan = async (client) => {
  const customer = await client.customer();
  if (customer === undefined) return;
  const metadata = { order: client.unique("order") };
  const inputs = { amount: 2_500, currency: "usd", customerId: customer.id, metadata };
  const { body } = await client.ask("stripe-create-payment-intent", inputs, "success");
  const id = textOf(body.paymentIntentId) ?? "";
  for (let failures = 1 + client.schedule.below(4); failures > 0; failures -= 1) {
    await client.payWith(id, "refused");
    await client.pause(3_000);
  }
};

/** Reserves an amount, then takes all or a part of it, or lets it go. */
const reserve: Plan = async (client) => {
  const { schedule, history } = client;
  const intent = await paidIntent(client, "manual");
  if (intent === undefined) return;
  history.payments.pop();
  await client.pause(4_000);
  if (schedule.chance(0.4)) {
    await client.ask("stripe-cancel-payment-intent", { paymentIntentId: intent.id }, "success");
    return;
  }
  const amount = intent.amount - 100 * schedule.below(2);
  await client.ask("stripe-capture-payment-intent", { paymentIntentId: intent.id, amount }, "success");
  history.payments.push({ paymentIntent: intent.id, amount, email: undefined });
};

/** Pays, and is paid back in parts, each with a key of its own. */
const refundInParts: Plan = async (client) => {
  const intent = await paidIntent(client, "automatic");
  if (intent === undefined) return;
  const paymentIntentId = intent.id;
  await Promise.all(
    [100, 50].map(async (amount) => {
      await client.pause(2_000);
      await client.ask("stripe-refund-payment", { paymentIntentId, amount }, "success");
    }),
  );
};

/** Two employees refund the same return: each with a key of its own, both with the same reference. */
const refundByReference: Plan = async (client) => {
  const intent = await paidIntent(client, "automatic");
  if (intent === undefined) return;
  const inputs = { paymentIntentId: intent.id, amount: 100, reference: client.unique("return") };
  await Promise.all(
    Array.from({ length: 2 + client.schedule.below(2) }, async () => {
      await client.pause(3_000);
      await client.ask("stripe-refund-payment", inputs, "success");
    }),
  );
};

/** Two tabs subscribe the same customer to the same price; later, one of them cancels. */
const subscribe: Plan = async (client) => {
  const customer = await client.customer();
  if (customer === undefined) return;
  const inputs = { customerId: customer.id, priceId: client.catalogue.price, trialDays: 7 };
  const answers = await Promise.all(
    Array.from({ length: 1 + client.schedule.below(3) }, async () => {
      await client.pause(3_000);
      return client.ask("stripe-create-subscription", inputs);
    }),
  );
  const subscriptionId = answers
    .map(({ body }) => textOf(body.subscriptionId))
    .find((id) => id !== undefined);
  if (subscriptionId === undefined || client.schedule.chance(0.5)) return;
  await client.pause(3_000);
  await client.ask("stripe-cancel-subscription", { subscriptionId, when: "now" }, "success");
};

/** Records usage; some of it twice, by its identifier. */
const use: Plan = async (client) => {
  const customer = await client.customer();
  if (customer === undefined) return;
  const identifiers = Array.from({ length: 1 + client.schedule.below(2) }, () => client.unique("usage"));
  await Promise.all(
    [...identifiers, ...identifiers].map(async (identifier, place) => {
      const quantity = 7 + identifier.length;
      client.history.usage.set(identifier, { customer: customer.id, quantity });
      await client.pause(4_000);
      if (place >= identifiers.length && client.schedule.chance(0.5)) return;
      const inputs = { customerId: customer.id, meter: "api_calls", quantity, identifier };
      await client.ask("stripe-record-usage", inputs, "success");
    }),
  );
};

/** Payments of one customer that together exceed the limit of a day, and none of which exceeds that of a payment. Some clients never ask again. */
const exceedLimit: Plan = async (client) => {
  const customer = await client.customer();
  if (customer === undefined) return;
  await Promise.all(
    Array.from({ length: 6 + client.schedule.below(2) }, async () => {
      await client.pause(6_000);
      const metadata = { order: client.unique("order"), limited: "yes" };
      const inputs = { amount: 1_900_000, currency: "eur", customerId: customer.id, metadata };
      const wish = client.wish("stripe-create-payment-intent", inputs);
      if (client.schedule.chance(0.3)) await client.tryOnce(wish);
      else await client.askFor(wish);
    }),
  );
};

/** Uses the key of another call for another payment. */
const reuseKey: Plan = async (client) => {
  const inputs = { amount: 1_100, currency: "usd", metadata: { order: client.unique("order") } };
  const wish = client.wish("stripe-create-payment-intent", inputs, "success");
  const other = { ...inputs, amount: 2_200, metadata: { order: client.unique("order") } };
  await client.askFor(wish);
  await client.askFor({ ...wish, inputs: other, expected: "refusal" });
};

const mail: Plan = async (client) => {
  const inputs = { to: "reader@example.com", subject: client.unique("subject"), textBody: "A text" };
  await client.ask("send-email", inputs, "success");
};

/** More often than others: those with most in them. */
export const PLANS: readonly Plan[] = [
  pay,
  pay,
  failToPay,
  reserve,
  refundInParts,
  refundByReference,
  refundByReference,
  subscribe,
  subscribe,
  use,
  use,
  exceedLimit,
  reuseKey,
  mail,
];
