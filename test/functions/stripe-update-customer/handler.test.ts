import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { handler as createCustomer } from "../../../generated/handlers/stripe-create-customer.ts";
import { handler } from "../../../generated/handlers/stripe-update-customer.ts";
import { mappedCustomerId } from "../../../lib/customers/mapped-customer.ts";
import { identityOf } from "../../../lib/customers/person.ts";
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
const update = (body: object, boundTo?: string, key: string = randomUUID()) =>
  when.callsForJson(
    handler,
    {
      body,
      headers: { "idempotency-key": key },
      ...(boundTo === undefined ? {} : shop.boundTo(boundTo)),
    },
    given.lambdaContext(25_000),
  );
const created = async (email: string, userId?: string) => {
  const body = { email, ...(userId === undefined ? {} : { metadata: { userId } }) };
  const headers = { "idempotency-key": randomUUID() };
  return String((await when.callsForJson(createCustomer, { body, headers })).body.customerId);
};
const mapped = (person: Parameters<typeof identityOf>[0]) => mappedCustomerId(identityOf(person));

describe("given a customer", () => {
  it("address, name and single entries of the metadata can be changed, and removed", async () => {
    const customerId = await created(newAddress(), randomUUID());
    const email = newAddress();
    expect(
      await update({ customerId, email, name: "Ada", metadata: { plan: "pro", seats: 3 } }),
    ).toMatchObject({
      status: 200,
      body: { customerId, email },
    });
    await update({ customerId, name: "", metadata: { plan: "" } });
    const { name, email: kept, metadata } = Object(await shop.stripe.customers.retrieve(customerId));
    expect([name || null, kept]).toEqual([null, email]);
    expect(metadata).toEqual({ userId: expect.any(String), seats: "3" });
  });

  it("with a new address, it is found by that address at once, and no longer by the old one", async () => {
    const [old, email] = [newAddress(), newAddress()];
    const customerId = await created(old);
    await update({ customerId, email });
    expect(await mapped({ email: old })).toBeUndefined();
    expect(await mapped({ email })).toBe(customerId);
    expect(await created(email)).toBe(customerId);
    expect(await created(old)).not.toBe(customerId);
  });

  it("with a user id, it is that user's, and no longer the customer of its address; without it again, the other way round", async () => {
    const [email, userId] = [newAddress(), randomUUID()];
    const customerId = await created(email);
    await update({ customerId, metadata: { userId } });
    expect([await mapped({ userId }), await mapped({ email })]).toEqual([customerId, undefined]);
    await update({ customerId, metadata: { userId: "" } });
    expect([await mapped({ userId }), await mapped({ email })]).toEqual([undefined, customerId]);
  });

  it("it cannot become a person who has another customer, and is not changed", async () => {
    const [email, userId] = [newAddress(), randomUUID()];
    await created(email);
    await created(newAddress(), userId);
    const address = newAddress();
    const customerId = await created(address);
    for (const [change, path] of [
      [{ email }, "email"],
      [{ metadata: { userId } }, "metadata.userId"],
    ] as const) {
      expect(await update({ customerId, ...change })).toMatchObject({
        status: 409,
        body: { code: "CONFLICT", issues: [{ path, message: "is that of another customer" }] },
      });
    }
    expect(await shop.stripe.customers.retrieve(customerId)).toMatchObject({ email: address, metadata: {} });
  });

  it("it can become a person whose customer was deleted", async () => {
    const userId = randomUUID();
    await shop.stripe.customers.del(await created(newAddress(), userId));
    const customerId = await created(newAddress());
    expect((await update({ customerId, metadata: { userId } })).status).toBe(200);
    expect(await created(newAddress(), userId)).toBe(customerId);
  });

  it("a repeated call gets the same response, and changes nothing again", async () => {
    const customerId = await created(newAddress(), randomUUID());
    const [email, key] = [newAddress(), randomUUID()];
    const first = await update({ customerId, email }, undefined, key);
    await shop.stripe.customers.update(customerId, { email: newAddress() });
    const second = await update({ customerId, email }, undefined, key);
    expect(second).toMatchObject({
      status: 200,
      body: first.body,
      headers: { "idempotency-replayed": "true" },
    });
    expect(Object(await shop.stripe.customers.retrieve(customerId)).email).not.toBe(email);
  });

  it("a call while Stripe is down can be repeated", async () => {
    const customerId = await created(newAddress());
    const [email, key] = [newAddress(), randomUUID()];
    await shop.whileDown(async () => {
      expect((await update({ customerId, email }, undefined, key)).status).toBe(502);
    });
    expect((await update({ customerId, email }, undefined, key)).status).toBe(200);
    expect(await mapped({ email })).toBe(customerId);
  });
});

describe("given a principal that acts for one customer", () => {
  it("it changes that customer only", async () => {
    const own = await created(newAddress(), randomUUID());
    const others = await created(newAddress());
    expect((await update({ customerId: own, email: newAddress() }, own)).status).toBe(200);
    expect((await update({ customerId: others, name: "Eve" }, own)).status).toBe(403);
  });

  it("it cannot make that customer another person's, who would then get it as their own", async () => {
    const victim = { userId: randomUUID(), email: newAddress() };
    const user = await created(newAddress(), randomUUID());
    const guest = await created(newAddress());
    for (const [own, change, path] of [
      [user, { metadata: { userId: victim.userId } }, "metadata.userId"],
      [guest, { metadata: { userId: victim.userId } }, "metadata.userId"],
      [guest, { email: victim.email }, "email"],
      [user, { email: victim.email, metadata: { userId: "" } }, "email"],
    ] as const) {
      expect(await update({ customerId: own, ...change }, own)).toMatchObject({
        status: 403,
        body: { code: "FORBIDDEN", issues: [{ path }] },
      });
    }
    expect([user, guest]).not.toContain(await created(victim.email, victim.userId));
    expect([user, guest]).not.toContain(await created(victim.email));
  });
});

describe("given inputs that cannot be", () => {
  it.each<[string, object, number, string]>([
    ["nothing to change", { customerId: "cus_1" }, 422, ""],
    ["no customer", { email: "ada@example.com" }, 422, "customerId"],
    ["something that is not an address", { customerId: "cus_1", email: "ada" }, 422, "email"],
    ["a blank user id", { customerId: "cus_1", metadata: { userId: " " } }, 422, "metadata.userId"],
    ["nested metadata", { customerId: "cus_1", metadata: { a: {} } }, 422, "metadata.a"],
    ["a customer that does not exist", { customerId: "cus_none", name: "Ada" }, 404, "customerId"],
  ])("%s is refused at its field", async (_what, body, status, path) => {
    const response = await update(body);
    expect([response.status, response.body.issues[0].path]).toEqual([status, path]);
  });
});
