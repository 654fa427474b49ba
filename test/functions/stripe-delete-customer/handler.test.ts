import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { handler } from "../../../generated/handlers/stripe-delete-customer.ts";
import { mapCustomer } from "../../../lib/customers/customer-mapping.ts";
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

const remove = (customerId: string, boundTo?: string, key: string = randomUUID()) =>
  when.callsForJson(
    handler,
    {
      body: { customerId },
      headers: { "idempotency-key": key },
      ...(boundTo === undefined ? {} : shop.boundTo(boundTo, "admin")),
    },
    given.lambdaContext(25_000),
  );
const aCustomer = async () => (await shop.stripe.customers.create({ metadata: { userId: randomUUID() } })).id;
const deleted = (customerId: string) => ({ status: 200, body: { customerId, deleted: true } });
const isDeleted = async (id: string) => Object(await shop.stripe.customers.retrieve(id)).deleted === true;

describe("given a customer", () => {
  it("it is deleted with its subscriptions, and its user has no customer any more", async () => {
    const userId = randomUUID();
    const { id } = await shop.stripe.customers.create({ metadata: { userId } });
    await mapCustomer(identityOf({ userId }), { customerId: id, livemode: false });
    const { id: price } = await shop.monthlyPrice(1200);
    const items = [{ price }];
    const subscription = await shop.stripe.subscriptions.create({
      customer: id,
      items,
      trial_period_days: 7,
    });
    expect(await remove(id)).toMatchObject(deleted(id));
    expect(await isDeleted(id)).toBe(true);
    expect((await shop.stripe.subscriptions.retrieve(subscription.id)).status).toBe("canceled");
    expect(await mappedCustomerId(identityOf({ userId }))).toBeUndefined();
  });

  it("one that is deleted already stays deleted", async () => {
    const id = await aCustomer();
    await shop.stripe.customers.del(id);
    expect(await remove(id)).toMatchObject(deleted(id));
  });

  it("a call whose response from Stripe was lost succeeds when it is repeated", async () => {
    const [id, key] = [await aCustomer(), randomUUID()];
    const match = { method: "DELETE", path: "/v1/customers" };
    await shop.control("POST", "faults", { kind: "reset_after_commit", times: 1, match });
    const first = await remove(id, undefined, key);
    const second = first.status === 200 ? first : await remove(id, undefined, key);
    expect(second).toMatchObject(deleted(id));
    expect(await isDeleted(id)).toBe(true);
  });

  it("a repeated call gets the same response; while Stripe is down, nothing is deleted", async () => {
    const [id, key] = [await aCustomer(), randomUUID()];
    await shop.whileDown(async () => {
      expect((await remove(id, undefined, key)).status).toBe(502);
    });
    expect(await isDeleted(id)).toBe(false);
    expect(await remove(id, undefined, key)).toMatchObject(deleted(id));
    expect(await remove(id, undefined, key)).toMatchObject({
      ...deleted(id),
      headers: { "idempotency-replayed": "true" },
    });
  });

  it("a principal that acts for another customer cannot delete it", async () => {
    const id = await aCustomer();
    expect((await remove(id, await aCustomer())).status).toBe(403);
    expect(await isDeleted(id)).toBe(false);
  });

  it.each(["cus_none", "", "../v1/charges"])("a customer that does not exist, %p, is refused", async (id) => {
    expect(await remove(id)).toMatchObject({ status: 404, body: { issues: [{ path: "customerId" }] } });
  });
});
