import { beforeEach, describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import type Stripe from "stripe";
import { tries } from "./effort.ts";
import { errorOf, givenAnEmulator, type RunningEmulator } from "./running-emulator.ts";

type Summary = Stripe.Entitlements.ActiveEntitlementSummary;

/** The summaries that events have reported, oldest first. */
async function summaries({ control }: RunningEmulator): Promise<Summary[]> {
  const { body } = await control("state");
  const { objects }: { objects: { event: { type: string; data: { object: Summary } }[] } } = JSON.parse(
    JSON.stringify(body),
  );
  return objects.event
    .filter(({ type }) => type === "entitlements.active_entitlement_summary.updated")
    .map(({ data }) => data.object);
}

const keysOf = ({ data }: { data: Stripe.Entitlements.ActiveEntitlement[] }) =>
  data.map((entitlement) => entitlement.lookup_key).sort();

describe("given products with features", () => {
  let running: RunningEmulator;
  let customer: string;
  beforeEach(async () => {
    running = await givenAnEmulator();
    ({ id: customer } = await running.stripe.customers.create({ payment_method: "pm_card_visa" }));
    const [method] = (await running.stripe.customers.listPaymentMethods(customer)).data;
    await running.stripe.customers.update(customer, {
      invoice_settings: { default_payment_method: String(method?.id) },
    });
  });

  const aFeature = (key: string) =>
    running.stripe.entitlements.features.create({ lookup_key: key, name: `The ${key}` });

  /** A product with these features, and a monthly price of it. */
  async function aProduct(...keys: string[]) {
    const { stripe } = running;
    const product = await stripe.products.create({ name: keys.join() || "plain" });
    const attached = [];
    for (const key of keys) {
      const [known] = (await stripe.entitlements.features.list({ lookup_key: key })).data;
      const { id } = known ?? (await aFeature(key));
      attached.push(await stripe.products.createFeature(product.id, { entitlement_feature: id }));
    }
    const price = await stripe.prices.create({
      currency: "usd",
      unit_amount: 900,
      recurring: { interval: "month" },
      product: product.id,
    });
    return { product: product.id, price: price.id, attached };
  }

  const activeKeys = async () =>
    keysOf(await running.stripe.entitlements.activeEntitlements.list({ customer, limit: 100 }));

  it("a subscription entitles to the features of its products, and its end takes them away", async () => {
    const { stripe } = running;
    const { price, product } = await aProduct("api", "sso");
    const subscription = await stripe.subscriptions.create({ customer, items: [{ price }] });
    expect(await activeKeys()).toEqual(["api", "sso"]);
    const [entitlement] = (await stripe.entitlements.activeEntitlements.list({ customer })).data;
    const one = await stripe.entitlements.activeEntitlements.retrieve(String(entitlement?.id), {
      expand: ["feature"],
    });
    expect(one).toMatchObject({ object: "entitlements.active_entitlement", feature: { name: "The sso" } });
    expect(keysOf(await stripe.entitlements.activeEntitlements.list({ customer, limit: 1 }))).toEqual([
      "sso",
    ]);
    await stripe.subscriptions.cancel(subscription.id);
    expect(await activeKeys()).toEqual([]);
    const reported = await summaries(running);
    expect(reported.map(({ entitlements }) => keysOf(entitlements))).toEqual([["api", "sso"], []]);
    expect(reported[0]).toMatchObject({ object: "entitlements.active_entitlement_summary", customer });
    expect(keysOf(await stripe.products.listFeatures(product).then(asEntitlements))).toEqual(["api", "sso"]);
  });

  it("an incomplete subscription entitles to nothing until it is paid; one in trial does at once", async () => {
    const { stripe } = running;
    const { price } = await aProduct("api");
    const items = [{ price }];
    const incomplete = await stripe.subscriptions.create({
      customer,
      items,
      payment_behavior: "default_incomplete",
      expand: ["latest_invoice.payments"],
    });
    expect(await activeKeys()).toEqual([]);
    const invoice: Partial<Stripe.Invoice> = Object(incomplete.latest_invoice);
    await running.pay(String(invoice.payments?.data[0]?.payment.payment_intent), "4242424242424242");
    expect(await activeKeys()).toEqual(["api"]);
    await stripe.subscriptions.cancel(incomplete.id);
    await stripe.subscriptions.create({ customer, items, trial_period_days: 7 });
    expect(await activeKeys()).toEqual(["api"]);
  });

  it("changing the subscription's product changes the entitlements, and those in both keep their ids", async () => {
    const { stripe } = running;
    const basic = await aProduct("api", "mail");
    const pro = await aProduct("api", "sso");
    const subscription = await stripe.subscriptions.create({ customer, items: [{ price: basic.price }] });
    const idOf = async (key: string) =>
      (await stripe.entitlements.activeEntitlements.list({ customer })).data.find(
        (one) => one.lookup_key === key,
      )?.id;
    const before = await idOf("api");
    await stripe.subscriptions.update(subscription.id, {
      items: [{ id: String(subscription.items.data[0]?.id), price: pro.price }],
      proration_behavior: "none",
    });
    expect(await activeKeys()).toEqual(["api", "sso"]);
    expect(await idOf("api")).toBe(before);
  });

  it("a feature that is attached to or detached from a product reaches its subscribers", async () => {
    const { stripe } = running;
    const { price, product } = await aProduct();
    await stripe.subscriptions.create({ customer, items: [{ price }] });
    const { id } = await aFeature("late");
    const attached = await stripe.products.createFeature(product, { entitlement_feature: id });
    expect(attached).toMatchObject({
      object: "product_feature",
      entitlement_feature: { lookup_key: "late" },
    });
    expect(await activeKeys()).toEqual(["late"]);
    expect(await stripe.products.retrieveFeature(product, attached.id)).toMatchObject({ id: attached.id });
    expect(await stripe.products.deleteFeature(product, attached.id)).toMatchObject({ deleted: true });
    expect(await activeKeys()).toEqual([]);
    expect((await summaries(running)).map(({ entitlements }) => keysOf(entitlements))).toEqual([
      ["late"],
      [],
    ]);
  });

  it("the summary lists ten of twelve; the list has all, page by page", async () => {
    const { stripe } = running;
    const keys = Array.from({ length: 12 }, (_, index) => `feature-${String(index).padStart(2, "0")}`);
    const { price } = await aProduct(...keys);
    await stripe.subscriptions.create({ customer, items: [{ price }] });
    const [{ entitlements } = { entitlements: undefined }] = await summaries(running);
    expect(entitlements).toMatchObject({ has_more: true });
    expect(entitlements?.data).toHaveLength(10);
    const all: string[] = [];
    for await (const { lookup_key } of stripe.entitlements.activeEntitlements.list({ customer, limit: 5 }))
      all.push(lookup_key);
    expect(all.sort()).toEqual(keys);
  });

  it("whatever subscriptions begin and end, the list is the union of the features of the live ones", async () => {
    const { stripe } = running;
    const plans = [
      { keys: ["a", "b"], ...(await aProduct("a", "b")) },
      { keys: ["b", "c"], ...(await aProduct("b", "c")) },
      { keys: ["d"], ...(await aProduct("d")) },
    ];
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat({ max: 5 }), { maxLength: 8 }), async (steps) => {
        const live = new Map<number, string>();
        for (const step of steps) {
          const index = step % plans.length;
          const id = live.get(index);
          if (id !== undefined) {
            await stripe.subscriptions.cancel(id);
            live.delete(index);
          } else {
            const items = [{ price: String(plans[index]?.price) }];
            live.set(index, (await stripe.subscriptions.create({ customer, items })).id);
          }
          const expected = new Set([...live.keys()].flatMap((at) => plans[at]?.keys ?? []));
          expect(await activeKeys()).toEqual([...expected].sort());
          const last = (await summaries(running)).at(-1);
          expect(last && keysOf(last.entitlements)).toEqual([...expected].sort());
        }
        for (const id of live.values()) await stripe.subscriptions.cancel(id);
      }),
      { numRuns: tries({ sample: 3, whole: 40 }) },
    );
  });

  it("a lookup key is unique; an archived feature is listed apart and cannot be attached", async () => {
    const { stripe } = running;
    const { id } = await aFeature("api");
    expect(await errorOf(aFeature("api"))).toMatchObject({
      code: "resource_already_exists",
      param: "lookup_key",
    });
    const archived = await stripe.entitlements.features.update(id, { active: false, name: "Old" });
    expect(archived).toMatchObject({ active: false, name: "Old", lookup_key: "api" });
    expect((await stripe.entitlements.features.list()).data).toEqual([]);
    expect((await stripe.entitlements.features.list({ archived: true })).data).toHaveLength(1);
    const { product } = await aProduct();
    expect(await errorOf(stripe.products.createFeature(product, { entitlement_feature: id }))).toMatchObject({
      statusCode: 400,
      param: "entitlement_feature",
    });
  });
});

function asEntitlements({ data }: { data: Stripe.ProductFeature[] }) {
  return {
    data: data.map(
      ({ entitlement_feature: feature }): Stripe.Entitlements.ActiveEntitlement => ({
        id: "",
        object: "entitlements.active_entitlement",
        feature: feature.id,
        livemode: false,
        lookup_key: feature.lookup_key,
      }),
    ),
  };
}
