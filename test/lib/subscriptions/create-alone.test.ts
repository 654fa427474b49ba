import { randomUUID } from "node:crypto";
import { describe, expect, it } from "@jest/globals";
import type Stripe from "stripe";
import { scanTable } from "../../../lib/aws/dynamodb.ts";
import { Problem } from "../../../lib/errors.ts";
import { marksOf } from "../../../lib/stripe/own-metadata.ts";
import { withStripe } from "../../../lib/stripe/stripe-client.ts";
import { createAlone, type SubscriptionsAtStripe } from "../../../lib/subscriptions/create-alone.ts";
import { liveSubscriptions } from "../../../lib/subscriptions/live-subscriptions.ts";
import { stripeShop } from "../../steps/given-a-subscriber.ts";
import { timeLeft } from "../../steps/time-left.ts";

const shop = stripeShop();
const soon = () => timeLeft(20_000);

/** Stripe for one customer; `live` shows what the list shows. */
function atStripe(
  parameters: Stripe.SubscriptionCreateParams,
  overrides: Partial<SubscriptionsAtStripe> = {},
): SubscriptionsAtStripe {
  const client = shop.stripe;
  return {
    live: () =>
      liveSubscriptions(() => client.subscriptions.list({ customer: parameters.customer ?? "", limit: 100 })),
    create: (idempotencyKey) =>
      withStripe({ ...soon(), idempotencyKey, noteVendorRequest: () => undefined }, {}, (stripe, options) =>
        stripe.subscriptions.create(parameters, options),
      ),
    read: (id) => client.subscriptions.retrieve(id),
    ...overrides,
  };
}

async function aCall(quantity = 1) {
  const customerId = await shop.customer();
  const mark = randomUUID();
  const parameters: Stripe.SubscriptionCreateParams = {
    customer: customerId,
    items: [{ price: await shop.price(), quantity }],
    payment_behavior: "default_incomplete",
    metadata: marksOf({ mark, isSecond: false }),
  };
  return { wanted: { customerId, productId: "prod_1", mark }, parameters };
}

const outage = new Problem("TIMEOUT", "Stripe did not respond in time; the outcome is unknown");

const liveOf = async (customer: string) =>
  (await shop.stripe.subscriptions.list({ customer })).data.map(({ id }) => id);

describe("given a request that reaches Stripe only after its call has given up", () => {
  it("the next call creates with its key, so only one of the two takes effect", async () => {
    const { wanted, parameters } = await aCall();
    let late = (): Promise<unknown> => Promise.reject(new Error("Nothing was sent"));
    const first = atStripe(parameters, {
      create: (key) => {
        late = () => atStripe(parameters).create(key);
        return Promise.reject(outage);
      },
    });
    await expect(createAlone(wanted, soon(), first)).rejects.toBe(outage);
    expect(await scanTable("SubscriptionClaimsTable")).toHaveLength(1);

    const other = { ...parameters, metadata: marksOf({ mark: "other", isSecond: false }) };
    const created = await createAlone({ ...wanted, mark: "other" }, soon(), atStripe(other));
    await expect(late()).rejects.toMatchObject({ code: "CONFLICT" });
    expect(await liveOf(wanted.customerId)).toEqual([created.id]);
    expect(await scanTable("SubscriptionClaimsTable")).toEqual([]);
  });

  it("if it arrives first, the next call gets a conflict, even if the list did not show the subscription", async () => {
    const { wanted, parameters } = await aCall();
    const first = atStripe(parameters, {
      create: async (key) => {
        await atStripe(parameters).create(key);
        throw outage;
      },
    });
    await expect(createAlone(wanted, soon(), first)).rejects.toBe(outage);
    const [created = ""] = await liveOf(wanted.customerId);

    const other = { ...parameters, metadata: marksOf({ mark: "other", isSecond: false }) };
    const { live } = atStripe(other);
    let looks = 0;
    const stale = atStripe(other, { live: async () => (looks++ === 0 ? [] : live()) });
    await expect(createAlone({ ...wanted, mark: "other" }, soon(), stale)).rejects.toThrow(created);
    expect(await liveOf(wanted.customerId)).toEqual([created]);
  });

  it("if what it created has ended since, the same call creates another subscription", async () => {
    const { wanted, parameters } = await aCall();
    const first = atStripe(parameters, {
      create: async (key) => {
        await atStripe(parameters).create(key);
        throw outage;
      },
    });
    await expect(createAlone(wanted, soon(), first)).rejects.toBe(outage);
    const [ended = ""] = await liveOf(wanted.customerId);
    await shop.stripe.subscriptions.cancel(ended);
    const created = await createAlone(wanted, soon(), atStripe(parameters));
    expect(created.id).not.toBe(ended);
    expect(await liveOf(wanted.customerId)).toEqual([created.id]);
  });
});

describe("given a call that Stripe refuses", () => {
  it("nothing is kept of it, and the next call begins from the start", async () => {
    const { wanted, parameters } = await aCall();
    const refused = atStripe({ ...parameters, items: [{ price: "price_none" }] });
    await expect(createAlone(wanted, soon(), refused)).rejects.toBeInstanceOf(Problem);
    expect(await scanTable("SubscriptionClaimsTable")).toEqual([]);
    expect(await createAlone(wanted, soon(), atStripe(parameters))).toMatchObject({ status: "incomplete" });
  });
});

describe("given a call that takes too long", () => {
  it("another call fails before its deadline, with a problem that can be retried", async () => {
    const { wanted, parameters } = await aCall();
    const begun = Promise.withResolvers<void>();
    const looked = Promise.withResolvers<[]>();
    const slow = atStripe(parameters, {
      live: () => {
        begun.resolve();
        return looked.promise;
      },
    });
    const creating = createAlone(wanted, soon(), slow);
    await begun.promise;
    await expect(
      createAlone({ ...wanted, mark: "other" }, timeLeft(1_700), atStripe(parameters)),
    ).rejects.toMatchObject({ code: "SERVICE_UNAVAILABLE", retryAfterSeconds: 1 });
    looked.resolve([]);
    expect(await creating).toMatchObject({ status: "incomplete" });
  });
});

describe("given more subscriptions than a page holds", () => {
  it("all pages are read, and ended ones are left out", async () => {
    const pages = [
      {
        data: [
          { id: "sub_1", status: "active" },
          { id: "sub_2", status: "incomplete_expired" },
        ],
        has_more: true,
      },
      {
        data: [
          { id: "sub_3", status: "paused" },
          { id: "sub_4", status: "canceled" },
        ],
        has_more: false,
      },
    ];
    const asked: (string | undefined)[] = [];
    const live = await liveSubscriptions(async (after) => {
      asked.push(after);
      return pages[asked.length - 1];
    });
    expect(live.map(({ id }) => id)).toEqual(["sub_1", "sub_3"]);
    expect(asked).toEqual([undefined, "sub_2"]);
  });
});
