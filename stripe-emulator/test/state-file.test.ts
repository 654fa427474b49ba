import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { startStripeEmulator } from "../index.ts";
import { clientOf, eventually, givenAnEmulator, givenAWebhookReceiver, rawCall } from "./running-emulator.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "stripe-emulator-"));
});
afterEach(() => rm(folder, { recursive: true }));

describe("given a state file", () => {
  it("a token can still be used after a restart, once", async () => {
    const stateFile = join(folder, "state.json");
    const before = await startStripeEmulator({ port: 0, stateFile });
    const { body } = await rawCall(before, "POST", "/v1/tokens", {
      body: "card[number]=5555555555554444&card[exp_month]=8&card[exp_year]=40",
      headers: { authorization: "Bearer pk_test_local" },
    });
    await before.close();
    expect(await readFile(stateFile, "utf8")).not.toContain("5555555555554444");

    const { stripe } = await givenAnEmulator({ stateFile });
    const method = { type: "card", card: { token: String(body.id) } } as const;
    expect((await stripe.paymentMethods.create(method)).card?.last4).toBe("4444");
    await expect(stripe.paymentMethods.create(method)).rejects.toMatchObject({ code: "token_already_used" });
  });

  it("objects, keys, cards, the clock and deliveries survive a restart", async () => {
    const stateFile = join(folder, "state.json");
    const before = await startStripeEmulator({ port: 0, stateFile, webhookUrl: "http://127.0.0.1:1/" });
    const stripe = clientOf(before);
    const customer = await stripe.customers.create({ name: "Ada" }, { idempotencyKey: "k" });
    const method = await stripe.paymentMethods.attach("pm_card_chargeCustomerFail", {
      customer: customer.id,
    });
    const price = await stripe.prices.create({
      currency: "usd",
      unit_amount: 1234,
      product_data: { name: "P" },
    });
    const headers = { "content-type": "application/json" };
    await fetch(`${before.url}/_emulator/clock`, { method: "POST", headers, body: '{"advance":3600}' });
    const account = await stripe.accounts.retrieveCurrent();
    await before.close();

    const { url, received } = await givenAWebhookReceiver();
    const after = await givenAnEmulator({ stateFile, webhookUrl: url });
    const again = await after.stripe.customers.create({ name: "Ada" }, { idempotencyKey: "k" });
    expect(again.id).toBe(customer.id);
    expect(await after.stripe.accounts.retrieveCurrent()).toEqual(account);
    expect(String((await after.stripe.prices.retrieve(price.id)).unit_amount_decimal)).toBe("1234");
    expect((await after.control("state")).body.clockOffsetSeconds).toBe(3600);
    const declined = after.stripe.paymentIntents.create({
      amount: 2000,
      currency: "usd",
      customer: customer.id,
      payment_method: method.id,
      confirm: true,
      return_url: "https://a.example",
    });
    await expect(declined).rejects.toMatchObject({ code: "card_declined" });
    const waiting = ["customer.created", "payment_method.attached", "product.created", "price.created"];
    await eventually("the old deliveries", () =>
      waiting.every((type) => received.some(({ body }) => body.includes(`"type":"${type}"`))),
    );
  });

  it("changes are written before any shutdown, and card numbers never are", async () => {
    const stateFile = join(folder, "state.json");
    const { stripe, pay } = await givenAnEmulator({ stateFile });
    const intent = await stripe.paymentIntents.create({ amount: 2000, currency: "usd" });
    await pay(intent.id, "4242424242424242");
    const text = () => readFile(stateFile, "utf8").catch(() => "");
    await eventually("the write", async () => (await text()).includes("payment_intent.succeeded"));
    expect(await text()).not.toContain("4242424242424242");
  });

  it("a file that is not the emulator's is refused, and the message names it", async () => {
    const stateFile = join(folder, "state.json");
    await writeFile(stateFile, "{ not json");
    await expect(startStripeEmulator({ port: 0, stateFile })).rejects.toThrow(stateFile);
    await writeFile(stateFile, '{"format":0}');
    await expect(startStripeEmulator({ port: 0, stateFile })).rejects.toThrow("another version");
  });
});

it("starting on a port that is taken rejects", async () => {
  const { emulator } = await givenAnEmulator();
  await expect(startStripeEmulator({ port: emulator.port })).rejects.toThrow("EADDRINUSE");
});
