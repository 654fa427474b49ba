import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { handler as createCustomer } from "../../../generated/handlers/stripe-create-customer.ts";
import { handler } from "../../../generated/handlers/stripe-get-customer.ts";
import { scanTable } from "../../../lib/aws/dynamodb.ts";
import * as given from "../../steps/given.ts";
import { type StripeShop, stripeShop } from "../../steps/stripe-shop.ts";
import * as when from "../../steps/when.ts";

given.localAws();
given.capturedLog();
let shop: StripeShop;
beforeAll(async () => {
  shop = await stripeShop();
});
afterAll(() => shop.close());

const newAddress = () => `${randomUUID()}@example.com`;
const read = (body: object, boundTo?: string) =>
  when.callsForJson(handler, { body, ...(boundTo === undefined ? {} : shop.boundTo(boundTo)) });
const created = async (email: string, userId?: string) => {
  const body = { email, name: "Ada", ...(userId === undefined ? {} : { metadata: { userId } }) };
  const headers = { "idempotency-key": randomUUID() };
  return String((await when.callsForJson(createCustomer, { body, headers })).body.customerId);
};
const missing = (path: string) => ({
  status: 404,
  body: { code: "NOT_FOUND", issues: [{ path, message: "does not exist at Stripe" }] },
});

describe("given a customer that was created here", () => {
  it("its id, the user's id and the address each find it", async () => {
    const [email, userId] = [newAddress(), randomUUID()];
    const customerId = await created(email, userId);
    const method = await shop.savedCard(customerId, "pm_card_visa", { isDefault: true });
    for (const body of [{ customerId }, { userId }, { email }, { email: email.toUpperCase() }]) {
      expect(await read(body)).toMatchObject({
        status: 200,
        body: {
          customerId,
          email,
          name: "Ada",
          metadata: { userId },
          defaultPaymentMethodId: method,
          createdAt: expect.stringMatching(/^\d{4}-.*Z$/),
        },
      });
    }
  });

  it("a GET finds it by ids, and refuses an address, which would be in the logs of proxies", async () => {
    const userId = randomUUID();
    const customerId = await created(newAddress(), userId);
    const get = (query: Record<string, string>) => when.callsForJson(handler, { method: "GET", query });
    expect((await get({ userId })).body.customerId).toBe(customerId);
    expect((await get({ customerId })).body.customerId).toBe(customerId);
    expect((await get({ email: "ada@example.com" })).status).toBeGreaterThanOrEqual(400);
  });

  it("a user whose recorded customer was deleted is looked for at Stripe again", async () => {
    const userId = randomUUID();
    const first = await created(newAddress(), userId);
    await shop.stripe.customers.del(first);
    expect(await read({ userId })).toMatchObject(missing("userId"));
    expect(await read({ customerId: first })).toMatchObject(missing("customerId"));
    const { id } = await shop.stripe.customers.create({ metadata: { userId } });
    expect((await read({ userId })).body.customerId).toBe(id);
  });

  it("reading writes nothing", async () => {
    const { id } = await shop.stripe.customers.create({ email: newAddress() });
    const before = await scanTable("CustomersTable");
    expect((await read({ customerId: id })).status).toBe(200);
    expect(await scanTable("CustomersTable")).toEqual(before);
  });
});

describe("given customers that were created at Stripe", () => {
  it("one without an address or a name is returned without them", async () => {
    const { id } = await shop.stripe.customers.create({});
    const { status, body } = await read({ customerId: id });
    expect(status).toBe(200);
    expect(body).toEqual({ customerId: id, metadata: {}, createdAt: expect.any(String) });
  });

  it("an address is that of the customer without a user id, the oldest of several", async () => {
    const email = newAddress();
    await shop.stripe.customers.create({ email, metadata: { userId: randomUUID() } });
    const oldest = await shop.stripe.customers.create({ email });
    await shop.stripe.customers.create({ email });
    expect((await read({ email })).body.customerId).toBe(oldest.id);
  });

  it("an address that several users share is refused at its field", async () => {
    const email = newAddress();
    for (const userId of [randomUUID(), randomUUID()])
      await shop.stripe.customers.create({ email, metadata: { userId } });
    expect(await read({ email })).toMatchObject({
      status: 409,
      body: { code: "CONFLICT", issues: [{ path: "email" }] },
    });
  });
});

describe("given a principal that acts for one customer", () => {
  it("it finds that customer by each input, and no other customer, whether it exists or not", async () => {
    const [email, userId] = [newAddress(), randomUUID()];
    const own = await created(email, userId);
    const othersUser = randomUUID();
    const others = await shop.stripe.customers.create({
      email: newAddress(),
      metadata: { userId: othersUser },
    });
    await shop.stripe.customers.create({ email });
    for (const body of [{ customerId: own }, { userId }, { email }])
      expect((await read(body, own)).body.customerId).toBe(own);
    for (const user of [othersUser, randomUUID()])
      expect(await read({ userId: user }, own)).toMatchObject(missing("userId"));
    for (const address of [others.email, newAddress()])
      expect(await read({ email: address }, own)).toMatchObject(missing("email"));
    expect(await read({ customerId: others.id }, own)).toMatchObject({ status: 403 });
  });
});

describe("given inputs that name nobody, or too much", () => {
  it.each<[string, object, number, string]>([
    ["none of the three", {}, 422, ""],
    ["two of the three", { customerId: "cus_1", email: "ada@example.com" }, 422, "email"],
    ["a blank user id", { userId: " " }, 422, "userId"],
    ["something that is not an address", { email: "ada" }, 422, "email"],
    ["a customer that does not exist", { customerId: "cus_none" }, 404, "customerId"],
    ["an empty id", { customerId: "" }, 404, "customerId"],
    ["a path", { customerId: "../charges" }, 404, "customerId"],
    ["a user without a customer", { userId: "u-none" }, 404, "userId"],
    ["an address without a customer", { email: "nobody@example.com" }, 404, "email"],
  ])("%s is refused at its field", async (_what, body, status, path) => {
    const response = await read(body);
    expect([response.status, response.body.issues[0].path]).toEqual([status, path]);
  });

  it("while Stripe is down, the response is a 502 that can be repeated", async () => {
    const customerId = await created(newAddress());
    await shop.whileDown(async () => {
      expect(await read({ customerId })).toMatchObject({ status: 502, body: { retryable: true } });
    });
    expect((await read({ customerId })).status).toBe(200);
  });
});
