import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { handler } from "../../../generated/handlers/stripe-get-payment-intent.ts";
import { scanTable } from "../../../lib/aws/dynamodb.ts";
import { type StripeEmulator, startStripeEmulator } from "../../../stripe-emulator/index.ts";
import * as given from "../../steps/given.ts";
import { clientOf } from "../../steps/given-stripe-emulator.ts";
import * as when from "../../steps/when.ts";

given.localAws();
given.capturedLog();
let emulator: StripeEmulator;
beforeAll(async () => {
  emulator = await startStripeEmulator({ port: 0 });
  Object.assign(process.env, { STRIPE_API_BASE: emulator.url, STRIPE_SECRET_KEY: "sk_test_local" });
});
afterAll(() => emulator.close());

const path = "/api/capabilities/stripe-get-payment-intent";

async function aPayment(email?: string) {
  const stripe = clientOf(emulator);
  const customer = email === undefined ? undefined : (await stripe.customers.create({ email })).id;
  const intent = await stripe.paymentIntents.create({
    amount: 4200,
    currency: "eur",
    metadata: { orderId: randomUUID() },
    ...(customer === undefined ? {} : { customer }),
  });
  return { id: intent.id, customer, metadata: intent.metadata };
}

describe("given a payment at Stripe", () => {
  it("a GET and a POST read it, without an Idempotency-Key", async () => {
    const { id, customer, metadata } = await aPayment("ada@example.com");
    const byGet = await when.callsForJson(handler, { method: "GET", path, query: { paymentIntentId: id } });
    expect(byGet).toMatchObject({
      status: 200,
      body: {
        paymentIntentId: id,
        status: "requires_payment_method",
        amount: 4200,
        currency: "eur",
        amountReceived: 0,
        amountRefunded: 0,
        customerId: customer,
        metadata,
      },
    });
    const byPost = await when.callsForJson(handler, { path, body: { paymentIntentId: id } });
    expect(byPost.body).toEqual(byGet.body);
  });

  it("reading it claims no key, and leaves no audit entry", async () => {
    const { id } = await aPayment();
    const before = await scanTable("AuditLogTable");
    await when.calls(handler, { method: "GET", path, query: { paymentIntentId: id } });
    expect(await scanTable("AuditLogTable")).toEqual(before);
    expect(await scanTable("IdempotencyKeysTable")).toEqual([]);
  });
});

describe("given a principal that acts for one customer", () => {
  it("it reads that customer's payments only; any other payment looks like one that does not exist", async () => {
    const own = await aPayment("ada@example.com");
    const others = await aPayment("bob@example.com");
    const nobodys = await aPayment();
    const read = (paymentIntentId: string) =>
      when.callsForJson(handler, {
        method: "GET",
        path,
        query: { paymentIntentId },
        authorizer: { principalId: "k", roles: '["checkout"]', customerId: own.customer ?? "" },
      });
    expect(await read(own.id)).toMatchObject({ status: 200 });
    const missing = {
      status: 404,
      body: {
        code: "NOT_FOUND",
        detail: "paymentIntentId does not exist at Stripe",
        issues: [{ path: "paymentIntentId", message: "does not exist at Stripe" }],
      },
    };
    for (const id of [others.id, nobodys.id, "pi_none"]) expect(await read(id)).toMatchObject(missing);
  });
});

describe("given a call that cannot be permitted or read", () => {
  it.each<[string, Readonly<Record<string, string>>, number, string]>([
    ["an input that is missing", {}, 422, "paymentIntentId"],
    ["an input that the contract does not know", { paymentIntentId: "pi_1", deep: "1" }, 422, "deep"],
    ["an empty id", { paymentIntentId: "" }, 422, "paymentIntentId"],
    ["an address of something else", { paymentIntentId: "../customers" }, 422, "paymentIntentId"],
    ["the id of a charge", { paymentIntentId: "ch_1" }, 422, "paymentIntentId"],
    ["an id that Stripe does not know", { paymentIntentId: "pi_none" }, 404, "paymentIntentId"],
  ])("%s is refused at its field", async (_what, query, status, field) => {
    const { body, ...response } = await when.callsForJson(handler, { method: "GET", path, query });
    expect([response.status, body.issues[0].path]).toEqual([status, field]);
  });
});
