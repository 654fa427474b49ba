import { describe, expect, it } from "@jest/globals";
import { handler } from "../../../generated/handlers/stripe-list-subscriptions.ts";
import * as given from "../../steps/given.ts";
import { boundTo, stripeShop } from "../../steps/given-a-subscriber.ts";
import * as when from "../../steps/when.ts";

given.capturedLog();
const shop = stripeShop();
const path = "/api/capabilities/stripe-list-subscriptions";
const list = (query: Record<string, string>, authorizer?: Record<string, unknown>) =>
  when.callsForJson(handler, { method: "GET", path, query, authorizer });
const idsIn = (body: { items: { subscriptionId: string }[] }) =>
  body.items.map(({ subscriptionId }) => subscriptionId);

async function aCustomerWithThree() {
  const customer = await shop.customer("pm_card_visa");
  const ids: string[] = [];
  for (let made = 0; made < 3; made += 1) ids.unshift((await shop.subscription({ customer })).id);
  return { customer, ids };
}

describe("given a customer with three subscriptions", () => {
  it("they are listed page by page, the newest first", async () => {
    const { customer, ids } = await aCustomerWithThree();
    const first = await list({ customerId: customer, limit: "2" });
    expect(idsIn(first.body)).toEqual(ids.slice(0, 2));
    expect(first.body.next).toBe(ids[1]);
    const second = await list({ customerId: customer, limit: "2", after: first.body.next });
    expect(idsIn(second.body)).toEqual(ids.slice(2));
    expect(second.body).not.toHaveProperty("next");
  });

  it("canceled ones are listed only if they are asked for", async () => {
    const { customer, ids } = await aCustomerWithThree();
    const [newest = ""] = ids;
    await shop.stripe.subscriptions.cancel(newest);
    expect(idsIn((await list({ customerId: customer })).body)).toEqual(ids.slice(1));
    expect(idsIn((await list({ customerId: customer, status: "canceled" })).body)).toEqual([newest]);
    expect(idsIn((await list({ customerId: customer, status: "all" })).body)).toEqual(ids);
  });

  it("a principal that acts for another customer is refused, also with its own id and a foreign page", async () => {
    const { customer, ids } = await aCustomerWithThree();
    const own = await shop.customer();
    const authorizer = boundTo(own, "checkout");
    expect(await list({ customerId: customer }, authorizer)).toMatchObject({ status: 403 });
    expect(await list({ customerId: own }, authorizer)).toMatchObject({ status: 200, body: { items: [] } });
    expect(await list({ customerId: own, after: ids[0] ?? "" }, authorizer)).toMatchObject({
      status: 422,
      body: { issues: [{ path: "after" }] },
    });
  });
});

describe("given inputs that cannot be used", () => {
  it.each<[Record<string, string>, number, string]>([
    [{}, 422, "customerId"],
    [{ customerId: "cus_1", limit: "0" }, 422, "limit"],
    [{ customerId: "cus_1", limit: "101" }, 422, "limit"],
    [{ customerId: "cus_1", status: "cancelled" }, 422, "status"],
    [{ customerId: "cus_1", after: "sub_none" }, 404, "after"],
  ])("%p is refused at its field", async (query, expected, field) => {
    const { status, body } = await list(query);
    expect([status, body.issues[0].path]).toEqual([expected, field]);
  });
});
