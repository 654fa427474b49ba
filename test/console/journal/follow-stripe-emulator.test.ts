/** The requests that an application makes at the Stripe emulator, as the time line shows them. */
import { afterEach, describe, expect, it } from "@jest/globals";
import Stripe from "stripe";
import { followStripeEmulator } from "../../../scripts/console/journal/follow-stripe-emulator.ts";
import { Journal } from "../../../scripts/console/journal/journal.ts";
import { type StripeEmulator, startStripeEmulator } from "../../../stripe-emulator/index.ts";

const cleanups: (() => Promise<unknown> | unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function startedAt(port: number): Promise<StripeEmulator> {
  const emulator = await startStripeEmulator({ port });
  cleanups.push(() => emulator.close());
  return emulator;
}

const clientOf = ({ port }: StripeEmulator) =>
  new Stripe("sk_test_x", { host: "127.0.0.1", port, protocol: "http", maxNetworkRetries: 0 });

function followed(emulator: StripeEmulator) {
  const journal = new Journal();
  const following = followStripeEmulator(emulator.url, journal);
  cleanups.push(() => following.stop());
  const titles = () => journal.page({ limit: 100 }).entries.map(({ title }) => title);
  return { journal, following, titles };
}

describe("given the Stripe emulator of a local stack", () => {
  it("each request is an entry with its ids and its amount, once, however often the emulator is asked", async () => {
    const emulator = await startedAt(0);
    const { journal, following } = followed(emulator);
    const stripe = clientOf(emulator);
    const customer = await stripe.customers.create({});
    await following.caughtUp();
    const intent = await stripe.paymentIntents.create({
      amount: 4200,
      currency: "usd",
      customer: customer.id,
    });
    await following.caughtUp();
    await following.caughtUp();
    expect(journal.size).toBe(2);
    expect(journal.about(intent.id)).toMatchObject([
      {
        id: `stripe:${intent.lastResponse.requestId}`,
        kind: "stripe",
        outcome: "succeeded",
        title: "POST /v1/payment_intents",
        ids: [intent.lastResponse.requestId, intent.id, customer.id],
        amount: 4200,
        currency: "usd",
      },
    ]);
  });

  it("a replay, a refusal, an error of Stripe's and a broken connection are told apart", async () => {
    const emulator = await startedAt(0);
    const { journal, following } = followed(emulator);
    const stripe = clientOf(emulator);
    for (const _ of ["first", "again"]) await stripe.customers.create({}, { idempotencyKey: "k" });
    await expect(stripe.customers.retrieve("cus_none00000000")).rejects.toThrow();
    const order = (fault: object) =>
      fetch(`${emulator.url}/_emulator/faults`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(fault),
      });
    await order({ kind: "status", status: 503 });
    await expect(stripe.customers.list()).rejects.toThrow();
    await order({ kind: "truncate" });
    await expect(stripe.customers.list()).rejects.toThrow();
    await following.caughtUp();
    const entries = journal.page({ limit: 9 }).entries.toSorted((a, b) => (a.at < b.at ? -1 : 1));
    expect(
      new Set(entries.map(({ outcome, code, detail }) => [outcome, code, detail?.split(" ")[0]].join(" "))),
    ).toEqual(
      new Set([
        "succeeded  ",
        "replayed  The",
        "refused 404 resource_missing",
        "failed 503 api_error",
        "failed  The",
      ]),
    );
  });

  it("after a restart, when its numbers begin again, nothing of the new one is missed", async () => {
    const first = await startedAt(0);
    const { following, titles } = followed(first);
    await clientOf(first).customers.list();
    await following.caughtUp();
    await first.close();
    await following.caughtUp();
    const second = await startedAt(first.port);
    await clientOf(second).products.list();
    await following.caughtUp();
    expect(titles().sort()).toEqual(["GET /v1/customers", "GET /v1/products"]);
  });
});
