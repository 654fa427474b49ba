/** The latest requests of the API, for whoever wants to see what an application asks Stripe for. */
import { describe, expect, it } from "@jest/globals";
import { errorOf, givenAnEmulator, type RunningEmulator } from "./running-emulator.ts";

interface Listed {
  number: number;
  at: number;
  method: string;
  path: string;
  status: number;
  requestId: string;
  originalRequest?: string;
  ids: string[];
  amount?: number;
}

async function requestsOf({ control }: RunningEmulator, after = 0): Promise<Listed[]> {
  const { body } = await control(`requests?after=${after}`);
  return JSON.parse(JSON.stringify(body.requests));
}

describe("given requests of the API", () => {
  it("each is listed with its id, its objects and its amount, and those after a number only once", async () => {
    const given = await givenAnEmulator();
    const { stripe } = given;
    const customer = await stripe.customers.create({ email: "ada@example.com" });
    const intent = await stripe.paymentIntents.create({
      amount: 4200,
      currency: "usd",
      customer: customer.id,
    });
    const [first, second, ...others] = await requestsOf(given);
    expect(first).toMatchObject({
      number: 1,
      method: "POST",
      path: "/v1/customers",
      status: 200,
      ids: [customer.id],
    });
    expect(second).toMatchObject({
      requestId: intent.lastResponse.requestId,
      ids: [intent.id, customer.id],
      amount: 4200,
      currency: "usd",
    });
    expect(others).toEqual([]);
    await stripe.customers.retrieve(customer.id);
    expect(await requestsOf(given, 2)).toMatchObject([{ number: 3, path: `/v1/customers/${customer.id}` }]);
  });

  it("neither bodies nor secrets are in the list", async () => {
    const given = await givenAnEmulator();
    const { stripe } = given;
    const intent = await stripe.paymentIntents.create({
      amount: 4200,
      currency: "usd",
      receipt_email: "ada@example.com",
    });
    await stripe.setupIntents.create({});
    const text = JSON.stringify(await requestsOf(given));
    expect(text).toContain(intent.id);
    expect(text).not.toMatch(/secret|ada@|sk_test/);
  });

  it("a replay names the request that ran, and a refusal its code and its payment", async () => {
    const given = await givenAnEmulator();
    const { stripe } = given;
    const once = await stripe.customers.create({}, { idempotencyKey: "k" });
    await stripe.customers.create({}, { idempotencyKey: "k" });
    const intent = await stripe.paymentIntents.create({ amount: 4200, currency: "usd" });
    await errorOf(
      stripe.paymentIntents.confirm(intent.id, {
        payment_method: "pm_card_chargeDeclined",
        return_url: "https://example.com",
      }),
    );
    expect(await requestsOf(given, 1)).toMatchObject([
      { originalRequest: once.lastResponse.requestId },
      { ids: [intent.id] },
      {
        status: 402,
        code: "card_declined",
        declineCode: "generic_decline",
        ids: expect.arrayContaining([intent.id]),
      },
    ]);
  });

  it("a request whose response was lost by a fault is listed with the fault, at the time of the emulator's clock", async () => {
    const given = await givenAnEmulator();
    await given.control("clock", { advance: 86_400 });
    await given.control("faults", { kind: "reset_after_commit" });
    const headers = { authorization: "Bearer sk_test_x" };
    await expect(fetch(`${given.emulator.url}/v1/customers`, { method: "POST", headers })).rejects.toThrow();
    const [request] = await requestsOf(given);
    expect(request).toMatchObject({ status: 200, fault: "reset_after_commit" });
    expect(request?.at).toBeGreaterThan(Date.now() + 86_000_000);
  });

  it("the latest 2,000 are kept, a reset forgets them, and their numbers go on", async () => {
    const given = await givenAnEmulator();
    const { emulator, control } = given;
    const call = () =>
      fetch(`${emulator.url}/v1/customers`, { headers: { authorization: "Bearer sk_test_x" } });
    for (let made = 0; made < 2_100; made += 100) await Promise.all(Array.from({ length: 100 }, call));
    const listed = await requestsOf(given);
    expect([listed.length, listed[0]?.number, listed.at(-1)?.number]).toEqual([2_000, 101, 2_100]);
    await control("reset", {});
    expect(await requestsOf(given)).toEqual([]);
    await call();
    expect(await requestsOf(given)).toMatchObject([{ number: 2_101 }]);
  });

  it.each(["x", "-1", "1.5"])("a wrong number %s is refused", async (after) => {
    const { control } = await givenAnEmulator();
    expect(await control(`requests?after=${after}`)).toMatchObject({
      status: 400,
      body: { error: { message: expect.stringContaining("after: expected the number of a request") } },
    });
  });
});
