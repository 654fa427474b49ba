/** What an application shows on its page of prices. */
import { describe, expect, it } from "@jest/globals";
import Stripe from "stripe";
import { handler } from "../../../generated/handlers/stripe-list-prices.ts";
import * as given from "../../steps/given.ts";
import { callOf, keyOf, stripeOfTheFile } from "../../steps/stripe-capability.ts";
import * as when from "../../steps/when.ts";

given.localAws();
given.capturedLog();
const stripe = stripeOfTheFile();
const list = callOf(handler, "stripe-list-prices");

const aProduct = (fields: Partial<Stripe.ProductCreateParams> = {}) =>
  stripe.api.products.create({ name: "Pro", ...fields });
const aPrice = (product: string, fields: Partial<Stripe.PriceCreateParams> = {}) =>
  stripe.api.prices.create({ product, currency: "usd", unit_amount: 1000, ...fields });
const monthly = { recurring: { interval: "month" } } as const;

describe("given a catalogue", () => {
  it("each price shows its product, its features, its period and its trial", async () => {
    const product = await aProduct({ description: "For teams" });
    for (const key of ["sso", "audit-log"]) {
      const feature = await stripe.api.entitlements.features.create({ name: key, lookup_key: key });
      await stripe.api.products.createFeature(product.id, { entitlement_feature: feature.id });
    }
    const once = await aPrice(product.id, { currency: "jpy", unit_amount: 500 });
    const yearly = await aPrice(product.id, {
      recurring: { interval: "year", interval_count: 2, trial_period_days: 14 },
      lookup_key: "pro-yearly",
    });
    const shared = {
      productId: product.id,
      productName: "Pro",
      description: "For teams",
      features: ["audit-log", "sso"],
      amountBasis: "fixed",
    };
    expect(await list({ productId: product.id })).toMatchObject({
      status: 200,
      body: {
        items: [
          {
            ...shared,
            priceId: yearly.id,
            amount: 1000,
            currency: "usd",
            interval: "year",
            intervalCount: 2,
            trialDays: 14,
            lookupKey: "pro-yearly",
          },
          { ...shared, priceId: once.id, amount: 500, currency: "jpy" },
        ],
      },
    });
  });

  it("a price whose amount is not one whole number says what it is instead", async () => {
    const { id } = await aProduct();
    const { id: meter } = await stripe.api.billing.meters.create({
      display_name: "Calls",
      event_name: "calls",
      default_aggregation: { formula: "sum" },
    });
    await stripe.api.prices.create({
      product: id,
      currency: "usd",
      unit_amount_decimal: Stripe.Decimal.from("0.05"),
      recurring: { interval: "month", usage_type: "metered", meter },
    });
    await stripe.api.prices.create({
      product: id,
      currency: "usd",
      billing_scheme: "tiered",
      tiers_mode: "volume",
      tiers: [{ up_to: "inf", unit_amount: 5 }],
      ...monthly,
    });
    await stripe.api.prices.create({ product: id, currency: "usd", custom_unit_amount: { enabled: true } });
    const { body } = await list({ productId: id });
    expect(body.items).toEqual([
      expect.objectContaining({ amountBasis: "payer-chosen" }),
      expect.objectContaining({ amountBasis: "tiered", interval: "month" }),
      expect.objectContaining({ amountBasis: "fixed", amountDecimal: "0.05", usageMeterId: meter }),
    ]);
    for (const item of body.items) expect(item).not.toHaveProperty("amount");
  });

  it("inactive prices and prices of archived products are not listed", async () => {
    const product = await aProduct();
    await aPrice(product.id, { active: false });
    const archived = await aProduct({ active: false });
    const { id: ofArchived } = await aPrice(archived.id, { lookup_key: "archived" });
    expect((await list({ productId: product.id })).body).toEqual({ items: [] });
    expect((await list({ lookupKeys: ["archived"] })).body).toEqual({ items: [] });
    expect((await stripe.api.prices.retrieve(ofArchived)).active).toBe(true);
  });

  it("GET lists too, by the lookup keys in its query", async () => {
    const product = await aProduct();
    for (const key of ["a", "b", "c"]) await aPrice(product.id, { lookup_key: key });
    const response = await when.callsForJson(
      handler,
      {
        method: "GET",
        path: "/api/capabilities/stripe-list-prices",
        query: { lookupKeys: "a,c", limit: "5" },
      },
      given.lambdaContext(25_000),
    );
    expect(response).toMatchObject({
      status: 200,
      body: { items: [{ lookupKey: "c" }, { lookupKey: "a" }] },
    });
  });

  it("pages of any size show each price once, with the features of many products", async () => {
    const prefix = `page-${Date.now()}`;
    for (let n = 0; n < 12; n++) await aPrice((await aProduct({ name: `${prefix} ${n}` })).id);
    const all = (await list({ limit: 100 })).body.items.map(({ priceId }: { priceId: string }) => priceId);
    for (const limit of [1, 5, 12]) {
      const seen: string[] = [];
      let after: string | undefined;
      do {
        const { body } = await list({ limit, ...(after === undefined ? {} : { after }) });
        seen.push(...body.items.map(({ priceId }: { priceId: string }) => priceId));
        after = body.next;
      } while (after !== undefined);
      expect(seen).toEqual(all);
    }
  });

  it("a principal that acts for one customer reads the same prices", async () => {
    const product = await aProduct();
    await aPrice(product.id);
    const bound = await list({ productId: product.id }, { authorizer: keyOf("checkout", "cus_ada") });
    expect(bound).toMatchObject({ status: 200, body: { items: [{ productId: product.id }] } });
  });

  it.each<[string, object, string]>([
    ["a page that is too long", { limit: 101 }, "limit"],
    ["a place that does not exist", { after: "price_none" }, "after"],
    ["no lookup key at all", { lookupKeys: [] }, "lookupKeys"],
    ["a blank lookup key", { lookupKeys: ["a", " "] }, "lookupKeys.1"],
    ["eleven lookup keys", { lookupKeys: Array.from({ length: 11 }, String) }, "lookupKeys"],
    ["a product that is an address", { productId: "../customers" }, "productId"],
  ])("%s is refused at its field", async (_what, body, path) => {
    const response = await list(body);
    expect([response.status, response.body.issues[0].path]).toEqual([422, path]);
  });

  it("while Stripe is down, the response says so", async () => {
    await stripe.orderFaults({ kind: "status", status: 503, times: 2 });
    expect((await list({})).status).toBe(502);
    await stripe.takeBackFaults();
  });
});
