import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { findOrCreateCustomer } from "../../../lib/customers/customer-mapping.ts";
import { followCustomer } from "../../../lib/customers/follow-customer.ts";
import { identityOf } from "../../../lib/customers/person.ts";
import { eventConsumer } from "../../../lib/events/consume.ts";
import { present } from "../../../lib/present.ts";
import { type StripeEmulator, startStripeEmulator } from "../../../stripe-emulator/index.ts";
import * as given from "../../steps/given.ts";
import { type EmulatedEvent, emulatorClient } from "../../steps/stripe-emulator-client.ts";
import { timeLeft } from "../../steps/time-left.ts";

given.localAws();
let stripe: StripeEmulator;
beforeAll(async () => {
  stripe = await startStripeEmulator({ port: 0 });
  process.env.STRIPE_API_BASE = stripe.url;
  process.env.STRIPE_SECRET_KEY = "sk_test_local";
});
afterAll(async () => {
  await stripe.close();
});

const consume = eventConsumer("customer", [followCustomer]);
const deliver = (event: EmulatedEvent) =>
  consume({
    messageId: randomUUID(),
    body: JSON.stringify(event),
    receiveCount: 1,
    ...timeLeft(10_000),
  });

/** A person who has a customer, and the events that Stripe sends when the customer changes. */
async function aCustomer(userId?: string) {
  const { api, eventsSince, lastEvent } = emulatorClient(stripe.url);
  const email = `${randomUUID()}@example.com`;
  const identity = identityOf({ email, ...present({ userId }) });
  const { id } = await api("customers", {
    email,
    ...(userId === undefined ? {} : { "metadata[userId]": userId }),
  });
  await mappedTo(identity, id);
  const before = await lastEvent();
  return {
    id,
    identity,
    change: (form: Record<string, string>) => api(`customers/${id}`, form),
    remove: () =>
      fetch(`${stripe.url}/v1/customers/${id}`, {
        method: "DELETE",
        headers: { authorization: "Bearer sk_test_local" },
      }),
    events: () => eventsSince(before),
  };
}

/** The person's customer by the mapping alone; `created` if there was none. */
async function mappedTo(identity: string, created: string): Promise<string> {
  const { customerId } = await findOrCreateCustomer(identity, timeLeft(5_000), {
    current: async (known) => ({ customerId: known, livemode: false }),
    findOrCreate: async () => ({ customerId: created, livemode: false }),
  });
  return customerId;
}
const customerOf = (identity: string) => mappedTo(identity, "nobody");

describe("given a person with a customer", () => {
  it("after the customer is deleted at Stripe, the next call finds none", async () => {
    const customer = await aCustomer();
    await customer.remove();
    for (const event of await customer.events()) await deliver(event);
    expect(await customerOf(customer.identity)).toBe("nobody");
  });

  it("after a change of address, the new address leads to the customer and the old one to nobody", async () => {
    const customer = await aCustomer();
    const email = `${randomUUID()}@example.com`;
    await customer.change({ email });
    for (const event of await customer.events()) await deliver(event);
    expect(await customerOf(identityOf({ email }))).toBe(customer.id);
    expect(await customerOf(customer.identity)).toBe("nobody");
  });

  it("after two changes of address, the last one counts, in whatever order the events arrive", async () => {
    for (const reversed of [false, true]) {
      const customer = await aCustomer();
      const [second, third] = [`${randomUUID()}@example.com`, `${randomUUID()}@example.com`];
      await customer.change({ email: second });
      await customer.change({ email: third });
      const events = await customer.events();
      for (const event of reversed ? events.toReversed() : events) await deliver(event);
      expect(await customerOf(identityOf({ email: third }))).toBe(customer.id);
      expect(await customerOf(identityOf({ email: second }))).toBe("nobody");
    }
  });

  it("a person known by the application's id keeps the customer after a change of address", async () => {
    const userId = randomUUID();
    const customer = await aCustomer(userId);
    await customer.change({ email: `${randomUUID()}@example.com` });
    for (const event of await customer.events()) await deliver(event);
    expect(await customerOf(customer.identity)).toBe(customer.id);
  });

  it("if another person's customer gets this address, the person keeps the customer", async () => {
    const ours = await aCustomer();
    const other = await aCustomer();
    const email = `${randomUUID()}@example.com`;
    await ours.change({ email });
    await other.change({ email });
    for (const event of [...(await ours.events())].filter(({ type }) => type === "customer.updated")) {
      await deliver(event);
    }
    expect(await customerOf(identityOf({ email }))).toBe(ours.id);
  });
});
