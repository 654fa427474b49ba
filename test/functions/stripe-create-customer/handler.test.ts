import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { getItem } from "../../../lib/aws/dynamodb.ts";
import { mappingKey } from "../../../lib/customers/mapping-key.ts";
import { identityOf } from "../../../lib/customers/person.ts";
import { env } from "../../../lib/env.ts";
import * as given from "../../steps/given.ts";
import { openShop } from "./shop.ts";

given.localAws();
given.capturedLog();
let shop: Awaited<ReturnType<typeof openShop>>;
beforeAll(async () => {
  shop = await openShop();
});
afterAll(() => shop.close());

const newAddress = () => `${randomUUID()}@example.com`;

/** Creates, and returns the customer's id. */
async function created(email: string, userId?: string): Promise<string> {
  const { status, body } = await shop.create({ email, ...(userId ? { metadata: { userId } } : {}) });
  expect(status).toBe(200);
  return String(body.customerId);
}

describe("given a person whose customer was deleted at Stripe", () => {
  it.each(["u-1", undefined])("the next call creates a new one, for the user %s", async (user) => {
    const [email, userId] = [newAddress(), user && `${user}-${randomUUID()}`];
    const first = await created(email, userId);
    await shop.stripe.customers.del(first);
    const second = await created(email, userId);
    expect(second).not.toBe(first);
    expect(await shop.stripe.customers.retrieve(second)).toMatchObject({ email });
    expect(await created(email, userId)).toBe(second);
  });

  it("so does the next call after the event about it has arrived", async () => {
    const email = newAddress();
    const first = await created(email);
    const before = (await shop.eventsSince(0)).length;
    await shop.stripe.customers.del(first);
    for (const event of await shop.eventsSince(before)) await shop.deliver(event);
    expect(await shop.stripe.customers.retrieve(await created(email))).toMatchObject({ email });
  });
});

describe("given a key that now belongs to another account", () => {
  it("the next call creates a new customer, and the mapping knows its account and mode", async () => {
    const [email, userId] = [newAddress(), randomUUID()];
    const first = await created(email, userId);
    const mapping = async () =>
      getItem(env("CUSTOMERS_TABLE"), { identity: await mappingKey(identityOf({ userId, email })) });
    const account = (await shop.stripe.accounts.retrieveCurrent()).id;
    expect(await mapping()).toMatchObject({ customerId: first, account, livemode: false });

    await shop.changeAccount();
    const second = await created(email, userId);
    expect(await shop.stripe.customers.retrieve(second)).toMatchObject({ email, metadata: { userId } });
    const present = (await shop.stripe.accounts.retrieveCurrent()).id;
    expect(present).not.toBe(account);
    expect(await mapping()).toMatchObject({ customerId: second, account: present, livemode: false });
    expect(await mapping()).not.toHaveProperty("email");
  });

  it("a customer is created although Stripe does not tell the key which account it is", async () => {
    await shop.changeAccount();
    await shop.orderFault({
      kind: "status",
      status: 403,
      times: 9,
      match: { method: "GET", path: "/v1/account" },
    });
    const email = newAddress();
    const customer = await created(email);
    expect(await created(email)).toBe(customer);
  });
});

describe("given addresses that change and are shared", () => {
  it("a customer that has left an address is not the customer of that address", async () => {
    const [old, current] = [newAddress(), newAddress()];
    const a = await created(old);
    await shop.stripe.customers.update(a, { email: current });
    const b = await created(old);
    expect(b).not.toBe(a);
    expect(await shop.stripe.customers.retrieve(b)).toMatchObject({ email: old });
    expect(await created(current)).toBe(a);
  });

  it("two users who share an address have a customer each, and the address without a user another one", async () => {
    const team = newAddress();
    const [u1, u2] = [await created(team, `u1-${team}`), await created(team, `u2-${team}`)];
    const nobody = await created(team);
    expect(new Set([u1, u2, nobody]).size).toBe(3);
    expect(await shop.stripe.customers.retrieve(nobody)).toMatchObject({ metadata: {} });
    expect(await created(team, `u2-${team}`)).toBe(u2);
    expect(await created(team)).toBe(nobody);
  });

  it("a user keeps the customer with any address, and it is found at Stripe by the user's id alone", async () => {
    const [userId, old] = [randomUUID(), newAddress()];
    const { id } = await shop.stripe.customers.create({ email: old, metadata: { userId } });
    expect(await created(newAddress(), userId)).toBe(id);
    await shop.stripe.customers.update(id, { email: newAddress() });
    expect(await created(newAddress(), userId)).toBe(id);
  });
});

describe("given a customer that exists at Stripe and is not mapped", () => {
  it.each([
    ["Mia.x@Example.com", "mia.x@example.com"],
    ["mia.y@example.com", "MIA.Y@example.com"],
    ["ada@exämple.de", "ada@xn--exmple-cua.de"],
    ["bea@xn--exmple-cua.de", "Bea@exämple.de"],
  ])("as %s, a call for %s finds it", async (stored, asked) => {
    // Letters only: digits in a row can be a card number.
    const part = randomUUID().replaceAll(/[^a-f]/g, "");
    const { id } = await shop.stripe.customers.create({ email: `${part}${stored}` });
    expect(await created(`${part}${asked}`)).toBe(id);
  });

  it("it is found behind a hundred others with the same address, and among several the oldest is taken", async () => {
    const email = newAddress();
    const oldest = await shop.stripe.customers.create({ email });
    await shop.stripe.customers.create({ email });
    for (let user = 0; user < 100; user += 1)
      await shop.stripe.customers.create({ email, metadata: { userId: `${email}-${user}` } });
    const before = (await shop.stripe.customers.list({ email, limit: 100 })).has_more;
    expect(before).toBe(true);
    expect(await created(email)).toBe(oldest.id);
  });

  it("it is found by the list where Stripe has no search, such as in India", async () => {
    const { id, email } = await shop.stripe.customers.create({ email: newAddress() });
    const match = { method: "GET", path: "/v1/customers/search" };
    await shop.orderFault({ kind: "status", status: 400, match });
    expect(await created(String(email))).toBe(id);
  });
});

describe("given a call that broke off after Stripe created the customer", () => {
  const breakOff = () =>
    shop.orderFault({
      kind: "reset_after_commit",
      times: 2,
      match: { method: "POST", path: "/v1/customers" },
    });

  it("the next call, with another key and another name, finds that customer", async () => {
    const email = newAddress();
    await breakOff();
    expect((await shop.create({ email, name: "Ada" })).status).toBe(502);
    expect((await shop.create({ email, name: "Ada Lovelace" })).status).toBe(200);
    expect((await shop.stripe.customers.list({ email })).data).toHaveLength(1);
  });

  it.each(["deleted", "given another address"])(
    "if it was %s since, the next call creates another one",
    async (change) => {
      const email = newAddress();
      await breakOff();
      const body = { email, name: "Ada" };
      expect((await shop.create(body)).status).toBe(502);
      const [lost] = (await shop.stripe.customers.list({ email })).data;
      if (lost === undefined) throw new Error("Stripe created none");
      await (change === "deleted"
        ? shop.stripe.customers.del(lost.id)
        : shop.stripe.customers.update(lost.id, { email: newAddress() }));
      const answer = await shop.create(change === "deleted" ? body : { email, name: "Eve" });
      expect(answer).toMatchObject({ status: 200, body: { email } });
      expect(answer.body.customerId).not.toBe(lost.id);
    },
  );

  it("a stored failure of Stripe blocks the person for one call only", async () => {
    const email = newAddress();
    const match = { method: "POST", path: "/v1/customers" };
    await shop.orderFault({ kind: "status", status: 500, match });
    expect((await shop.create({ email })).status).toBe(502);
    expect((await shop.create({ email })).status).toBe(200);
  });
});

describe("given an address that mail servers refuse", () => {
  it.each([
    ["a..b@example.com", "two in a row"],
    ["a@-example-.com", "a hyphen"],
  ])("%s is refused with the reason", async (email, why) => {
    expect(await shop.create({ email })).toMatchObject({
      status: 422,
      body: { issues: [{ path: "email", message: expect.stringContaining(why) }] },
    });
  });
});
