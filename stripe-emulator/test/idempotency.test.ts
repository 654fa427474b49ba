import { describe, expect, it } from "@jest/globals";
import Stripe from "stripe";
import { clientOf, errorOf, givenAnEmulator, rawCall } from "./running-emulator.ts";

const payment = { amount: 2000, currency: "usd" };

describe("given a POST with an idempotency key", () => {
  it("the same request gets the same response and has no second effect", async () => {
    const { stripe, eventTypes } = await givenAnEmulator();
    const first = await stripe.paymentIntents.create(payment, { idempotencyKey: "order-1" });
    const again = await stripe.paymentIntents.create(payment, { idempotencyKey: "order-1" });
    expect(again.id).toBe(first.id);
    expect(again.lastResponse.headers["idempotent-replayed"]).toBe("true");
    expect(again.lastResponse.headers["original-request"]).toBe(first.lastResponse.requestId);
    expect(first.lastResponse.headers["idempotent-replayed"]).toBeUndefined();
    expect(await eventTypes()).toEqual(["payment_intent.created"]);
  });

  it("different parameters are an idempotency error", async () => {
    const { stripe } = await givenAnEmulator();
    await stripe.paymentIntents.create(payment, { idempotencyKey: "order-1" });
    const error = await errorOf(
      stripe.paymentIntents.create({ ...payment, amount: 3000 }, { idempotencyKey: "order-1" }),
    );
    expect(error).toBeInstanceOf(Stripe.errors.StripeIdempotencyError);
    expect(error.statusCode).toBe(400);
  });

  it("a different endpoint is an idempotency error", async () => {
    const { stripe } = await givenAnEmulator();
    await stripe.customers.create({}, { idempotencyKey: "k" });
    await expect(stripe.products.create({ name: "P" }, { idempotencyKey: "k" })).rejects.toBeInstanceOf(
      Stripe.errors.StripeIdempotencyError,
    );
  });

  it("a decline is kept for the same key, and a new key makes a new attempt", async () => {
    const { stripe, eventTypes } = await givenAnEmulator();
    const declined = {
      ...payment,
      confirm: true,
      return_url: "https://a.example",
      payment_method: "pm_card_chargeDeclined",
    };
    const first = await errorOf(stripe.paymentIntents.create(declined, { idempotencyKey: "k" }));
    const again = await errorOf(stripe.paymentIntents.create(declined, { idempotencyKey: "k" }));
    expect(again.payment_intent?.id).toBe(first.payment_intent?.id);
    expect((await eventTypes()).length).toBe(3);
    const other = await errorOf(stripe.paymentIntents.create(declined, { idempotencyKey: "k2" }));
    expect(other.payment_intent?.id).not.toBe(first.payment_intent?.id);
  });

  it("a 500 is kept for the same key", async () => {
    const { stripe, control } = await givenAnEmulator();
    await control("faults", { kind: "status", status: 500, match: { path: "/v1/customers" } });
    expect((await errorOf(stripe.customers.create({}, { idempotencyKey: "k" }))).statusCode).toBe(500);
    expect((await errorOf(stripe.customers.create({}, { idempotencyKey: "k" }))).statusCode).toBe(500);
    await expect(stripe.customers.create({}, { idempotencyKey: "k2" })).resolves.toMatchObject({
      object: "customer",
    });
  });

  it.each([429, 503])("a %i from a proxy in front of the endpoint is not kept", async (status) => {
    const { stripe, control } = await givenAnEmulator();
    await control("faults", { kind: "status", status });
    expect((await errorOf(stripe.customers.create({}, { idempotencyKey: "k" }))).statusCode).toBe(status);
    await expect(stripe.customers.create({}, { idempotencyKey: "k" })).resolves.toMatchObject({
      object: "customer",
    });
  });

  it("a failed validation is not kept", async () => {
    const { emulator } = await givenAnEmulator();
    const headers = { "idempotency-key": "k" };
    expect(
      (await rawCall(emulator, "POST", "/v1/customers", { body: "email=nonsense", headers })).status,
    ).toBe(400);
    expect((await rawCall(emulator, "POST", "/v1/customers", { body: "email=a@b.co", headers })).status).toBe(
      200,
    );
  });

  it("while the first request runs the second is a conflict, which is not kept", async () => {
    const { stripe, control, emulator } = await givenAnEmulator();
    await control("faults", { kind: "delay", ms: 200, match: { method: "POST", path: "/v1/customers" } });
    const both = await Promise.allSettled([
      stripe.customers.create({}, { idempotencyKey: "k" }),
      clientOf(emulator).customers.create({}, { idempotencyKey: "k" }),
    ]);
    const refused = both.find((outcome) => outcome.status === "rejected");
    expect(both.map((outcome) => outcome.status).sort()).toEqual(["fulfilled", "rejected"]);
    expect(refused?.reason).toMatchObject({ statusCode: 409, code: "idempotency_key_in_use" });
    await expect(stripe.customers.create({}, { idempotencyKey: "k" })).resolves.toMatchObject({
      object: "customer",
    });
    expect((await stripe.customers.list()).data).toHaveLength(1);
  });

  it("a key of more than 255 characters is refused", async () => {
    const { stripe } = await givenAnEmulator();
    await expect(stripe.customers.create({}, { idempotencyKey: "k".repeat(256) })).rejects.toMatchObject({
      statusCode: 400,
    });
    await expect(stripe.customers.create({}, { idempotencyKey: "k".repeat(255) })).resolves.toBeDefined();
  });

  it("a key is forgotten after a day", async () => {
    const { stripe, control } = await givenAnEmulator();
    const first = await stripe.customers.create({}, { idempotencyKey: "k" });
    await control("clock", { advance: 24 * 60 * 60 - 60 });
    expect((await stripe.customers.create({}, { idempotencyKey: "k" })).id).toBe(first.id);
    await control("clock", { advance: 120 });
    expect((await stripe.customers.create({}, { idempotencyKey: "k" })).id).not.toBe(first.id);
  });

  it("two accounts can use the same key", async () => {
    const { emulator } = await givenAnEmulator();
    const one = await clientOf(emulator, "sk_test_one").customers.create({}, { idempotencyKey: "k" });
    const two = await clientOf(emulator, "sk_test_two").customers.create({}, { idempotencyKey: "k" });
    expect(two.id).not.toBe(one.id);
  });

  it("the same key returns a response that was lost", async () => {
    const { stripe, control } = await givenAnEmulator();
    // The SDK itself sends a request once more when the connection is cut.
    await control("faults", { kind: "reset_after_commit", times: 2, match: { method: "POST" } });
    await expect(stripe.customers.create({ name: "Ada" }, { idempotencyKey: "k" })).rejects.toBeInstanceOf(
      Stripe.errors.StripeConnectionError,
    );
    const customer = await stripe.customers.create({ name: "Ada" }, { idempotencyKey: "k" });
    expect((await stripe.customers.list()).data.map(({ id }) => id)).toEqual([customer.id]);
  });
});
