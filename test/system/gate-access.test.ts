/**
 * The code of docs/gate-access.md and docs/tutorial-nextjs.md gates access as they say, for lives of subscriptions that the Stripe
 * emulator plays.
 */
import { randomUUID } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, jest } from "@jest/globals";
import fc from "fast-check";
import { handler } from "../../generated/handlers/stripe-get-customer-state.ts";
import { APPLICATION_KEY, backendOfAnApplication, DAY_SECONDS } from "../steps/backend-of-an-application.ts";
import { blockNamed } from "../steps/documented-blocks.ts";
import { type DocumentedShop, SHOP_FILES, startDocumentedShop } from "../steps/documented-shop.ts";
import { tries } from "../steps/effort.ts";
import type { EmulatedEvent } from "../steps/stripe-emulator-client.ts";
import * as when from "../steps/when.ts";

interface Documented {
  byState: { mayUse(userId: string, feature?: string): Promise<boolean> };
  byNotifications: {
    receive(notification: object): void;
    mayUse(userId: string, now: Date, feature?: string): boolean;
  };
}

const backend = backendOfAnApplication();
const { url, stripe, useCard, passDays, lastEvent, eventsSince, deliver, published } = backend;
let folder: string;
let code: Documented;
beforeAll(async () => {
  Object.assign(process.env, { PAYMENTS_URL: url(), PAYMENTS_KEY: APPLICATION_KEY });
  mkdirSync(".local", { recursive: true });
  folder = mkdtempSync(join(import.meta.dirname, "../../.local/gate-access-"));
  code = {
    byState: await import(documented("access-by-state.ts")),
    byNotifications: await import(documented("access-by-notifications.ts")),
  };
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Writes the code block of this name into a file, and returns its path. */
function documented(name: string): string {
  const file = join(folder, name);
  writeFileSync(file, blockNamed("docs/gate-access.md", name).text);
  return file;
}

/** A customer with a card, and a monthly price with one feature. */
async function aUser() {
  const userId = randomUUID();
  const feature = `feature-${userId}`;
  const { id: customer } = await stripe().customers.create({
    email: "ada@example.com",
    metadata: { userId },
  });
  await useCard(customer, "pm_card_visa");
  const product = await stripe().products.create({ name: "Pro" });
  const made = await stripe().entitlements.features.create({ name: "Reports", lookup_key: feature });
  await stripe().products.createFeature(product.id, { entitlement_feature: made.id });
  const { id: price } = await stripe().prices.create({
    product: product.id,
    currency: "usd",
    unit_amount: 1900,
    recurring: { interval: "month" },
  });
  return { userId, customer, price, feature };
}

const stateOf = (customerId: string, more: Readonly<Record<string, string>> = {}) =>
  when.callsForJson(handler, {
    method: "GET",
    path: "/api/capabilities/stripe-get-customer-state",
    query: { customerId, ...more },
  });

/** What both ways say now. */
async function accessOf(
  userId: string,
  feature?: string,
): Promise<{ byState: boolean; byNotifications: boolean }> {
  return {
    byState: await code.byState.mayUse(userId, feature),
    byNotifications: code.byNotifications.mayUse(userId, new Date(), feature),
  };
}
const both = (access: boolean) => ({ byState: access, byNotifications: access });

describe("given an application that gates access with the code of the tutorial", () => {
  it("a subscription gives access in its trial, when paid, in the grace and after a recovery, and not when paused or ended", async () => {
    let seen = await lastEvent();
    const { userId, customer, price, feature } = await aUser();
    /** Both ways, and the reason, after all events so far have been delivered. */
    const now = async () => {
      const events = await eventsSince(seen);
      seen += events.length;
      await deliver(events);
      for (const notification of await published()) code.byNotifications.receive(notification);
      const { body } = await stateOf(customer);
      return {
        ...(await accessOf(userId)),
        feature: await accessOf(userId, feature),
        reason: body.access.reason,
      };
    };
    const access = (is: boolean, reason: string) => ({ ...both(is), feature: both(is), reason });

    expect(await now()).toEqual(access(false, "none"));
    const { id } = await stripe().subscriptions.create({
      customer,
      items: [{ price }],
      trial_period_days: 14,
    });
    expect(await now()).toEqual(access(true, "trialing"));
    expect(await accessOf(userId, "another-feature")).toEqual(both(false));
    await passDays(15);
    expect(await now()).toEqual(access(true, "active"));
    await useCard(customer, "pm_card_chargeCustomerFail");
    await passDays(31);
    expect(await now()).toEqual(access(true, "grace"));
    await passDays(7);
    expect(await now()).toMatchObject({ ...both(false), reason: "past-due" });
    await useCard(customer, "pm_card_visa");
    const { latest_invoice } = await stripe().subscriptions.retrieve(id);
    await stripe().invoices.pay(String(latest_invoice));
    expect(await now()).toEqual(access(true, "active"));
    await stripe().subscriptions.update(id, { pause_collection: { behavior: "void" } });
    expect(await now()).toMatchObject({ ...both(false), reason: "paused" });
    await stripe().subscriptions.update(id, { pause_collection: "" });
    expect(await now()).toEqual(access(true, "active"));
    await stripe().subscriptions.update(id, { cancel_at_period_end: true });
    expect(await now()).toEqual(access(true, "active"));
    await passDays(31);
    // Before the event about the end has arrived.
    expect(await accessOf(userId)).toEqual(both(false));
    expect(await now()).toEqual(access(false, "ended"));
  });
});

/** What can happen to a subscription, its customer and its cards. Many of these cause several events in one second. */
const CHANGES: Readonly<Record<string, (its: { customer: string; id: string }) => Promise<unknown>>> = {
  quantity: async ({ id }) => {
    const { items } = await stripe().subscriptions.retrieve(id);
    const quantity = (items.data[0]?.quantity ?? 1) + 1;
    await stripe().subscriptions.update(id, { items: [{ id: items.data[0]?.id ?? "", quantity }] });
  },
  "a quantity that is not paid": async ({ customer, id }) => {
    await useCard(customer, "pm_card_chargeCustomerFail");
    const { items } = await stripe().subscriptions.retrieve(id);
    await stripe().subscriptions.update(id, {
      items: [{ id: items.data[0]?.id ?? "", quantity: 9 }],
      proration_behavior: "always_invoice",
    });
  },
  "a month": () => passDays(31),
  "ten days": () => passDays(10),
  "a bad card": ({ customer }) => useCard(customer, "pm_card_chargeCustomerFail"),
  "a good card": ({ customer }) => useCard(customer, "pm_card_visa"),
  "a card less": async ({ customer }) => {
    const { data } = await stripe().customers.listPaymentMethods(customer);
    await stripe().paymentMethods.detach(data.at(-1)?.id ?? "");
  },
  pause: ({ id }) => stripe().subscriptions.update(id, { pause_collection: { behavior: "void" } }),
  resume: ({ id }) => stripe().subscriptions.update(id, { pause_collection: "" }),
  "a longer trial": ({ id }) =>
    stripe().subscriptions.update(id, {
      trial_end: Math.floor(Date.now() / 1000) + 25 * DAY_SECONDS,
      proration_behavior: "none",
    }),
  "an end with the period": ({ id }) => stripe().subscriptions.update(id, { cancel_at_period_end: true }),
  "an end on a date": ({ id }) =>
    stripe().subscriptions.update(id, { cancel_at: Math.floor(Date.now() / 1000) + 12 * DAY_SECONDS }),
  "no end": ({ id }) => stripe().subscriptions.update(id, { cancel_at_period_end: false, cancel_at: "" }),
  "the end": ({ id }) => stripe().subscriptions.cancel(id),
  "no customer": ({ customer }) => stripe().customers.del(customer),
};

/** As a destination for thin events gets it; without the snapshot if the object can be read by itself. */
function thin({ id, type, created, ...event }: EmulatedEvent): object {
  const { id: objectId, object } = Object(Object(event.data).object);
  return {
    id: `evt_test_61${id}`,
    object: "v2.core.event",
    type: `v1.${type}`,
    created: new Date(created * 1000).toISOString(),
    livemode: false,
    related_object: objectId === undefined ? null : { id: objectId, type: object },
    ...(objectId === undefined ? { snapshot_event: id } : {}),
  };
}

describe("given any life of a subscription, and its events in any order, repeated, late, and thin", () => {
  const life = fc.array(fc.constantFrom(...Object.keys(CHANGES)), { minLength: 2, maxLength: 6 });
  const fates = fc.infiniteStream(
    fc.record({
      at: fc.nat(10_000),
      isRepeated: fc.constantFrom(true, false, false),
      isLate: fc.constantFrom(true, false, false, false),
      isThin: fc.constantFrom(true, false, false),
    }),
  );

  it("notifications alone and customer state alone agree, now and later, and the state is the same as a fresh one", async () => {
    await fc.assert(
      fc.asyncProperty(life, fc.boolean(), fates, async (changes, hasTrial, fate) => {
        const first = await lastEvent();
        const { userId, customer, price, feature } = await aUser();
        const { id } = await stripe().subscriptions.create({
          customer,
          items: [{ price }],
          ...(hasTrial ? { trial_period_days: 14 } : {}),
        });
        for (const change of changes)
          await CHANGES[change]?.({ customer, id }).catch(() => "refused by Stripe");

        const deliveries = (await eventsSince(first)).flatMap((event) => {
          const { value } = fate.next();
          // An upcoming invoice has no id, so that nothing can be read about it.
          const body = value.isThin && event.type !== "invoice.upcoming" ? thin(event) : event;
          const again = value.isRepeated ? [{ ...value, at: fate.next().value.at, body }] : [];
          return [{ ...value, body }, ...again];
        });
        const inOrder = deliveries.toSorted((a, b) => a.at - b.at);
        await deliver(inOrder.filter(({ isLate }) => !isLate).map(({ body }) => body));
        // What was lost is found by the reconciler.
        await deliver(inOrder.filter(({ isLate }) => isLate).map(({ body }) => body));
        const notifications = (await published()).map((notification) => ({
          notification,
          at: fate.next().value.at,
        }));
        for (const { notification } of [...notifications, ...notifications].sort((a, b) => a.at - b.at))
          code.byNotifications.receive(notification);

        const { asOf: _own, ...own } = (await stateOf(customer)).body;
        const { asOf: _now, ...fresh } = (await stateOf(customer, { fresh: "true" })).body;
        expect(own).toEqual(fresh);
        const present = Date.now();
        try {
          for (const days of [0, 5, 11, 13, 20, 27, 45]) {
            jest.setSystemTime(present + days * DAY_SECONDS * 1000);
            const { access } = (await stateOf(customer)).body;
            const byNotifications = code.byNotifications.mayUse(userId, new Date());
            expect({ days, is: byNotifications }).toEqual({ days, is: access.active });
          }
        } finally {
          jest.setSystemTime(present);
        }
        expect(code.byNotifications.mayUse(userId, new Date(), feature)).toBe(
          own.access.active && own.entitlements.includes(feature),
        );
      }),
      { numRuns: tries({ sample: 1, whole: 5 }) },
    );
  });
});

describe("given the application of the tutorial for Next.js", () => {
  let shop: DocumentedShop;
  let seen = 0;
  beforeAll(async () => {
    process.env.RETURN_ORIGINS = "https://shop.example.com";
    const { price } = await aUser();
    shop = await startDocumentedShop(join(folder, "shop"), {
      PAYMENTS_URL: url(),
      PAYMENTS_KEY: APPLICATION_KEY,
      PRICE_ID: price,
    });
    process.env.RETURN_ORIGINS = shop.url;
  });
  afterAll(() => shop.stop());

  /** Signs up, and returns the cookie and the page on which the customer pays. */
  async function signUp(email: string, cookie = "") {
    const body = new URLSearchParams({ email });
    const response = await shop.visit("/subscribe", { method: "POST", body, cookie });
    const [session = ""] = (response.headers.get("set-cookie") ?? "").split(";");
    return { status: response.status, cookie: session, page: response.headers.get("location") ?? "" };
  }

  /** Submits a page of Stripe. */
  const submit = (page: string, fields: Readonly<Record<string, string>>) =>
    fetch(page, { method: "POST", body: new URLSearchParams(fields), redirect: "manual" });

  /** Lets everything that has happened at Stripe reach the backend, and what follows from it the application, in reverse order. */
  async function newsArrives(): Promise<void> {
    const events = await eventsSince(seen);
    seen += events.length;
    await deliver(events);
    await shop.synchronize();
    for (const notification of (await published()).toReversed())
      expect((await shop.notify(notification)).status).toBe(204);
  }

  const mayRead = async (cookie: string) => (await shop.visit("/reports", { cookie })).status === 200;

  it("it has at most sixty lines", () => {
    const files = SHOP_FILES.filter(({ label }) => label !== "server.ts");
    expect(files.map(({ label }) => label)).toHaveLength(5);
    const lines = files.flatMap(({ text }) => text.split("\n")).filter((line) => line.trim() !== "");
    expect(lines.length).toBeLessThanOrEqual(60);
  });

  it("a customer has access from the payment on, also while the backend is away, until a canceled subscription ends", async () => {
    seen = await lastEvent();
    expect(await mayRead("")).toBe(false);
    const { cookie, page } = await signUp("grace@example.com");
    await newsArrives();
    expect(await mayRead(cookie)).toBe(false);
    const paid = await submit(page, { card: "4242424242424242", email: "grace@example.com" });
    expect(paid.headers.get("location")).toBe(`${shop.url}/reports`);
    await newsArrives();
    expect(await mayRead(cookie)).toBe(true);
    backend.setAway(true);
    expect(await mayRead(cookie)).toBe(true);
    backend.setAway(false);
    expect((await signUp("grace@example.com", cookie)).status).toBe(409);
    expect(await mayRead((await signUp("grace@example.com")).cookie)).toBe(false);

    await passDays(31);
    await newsArrives();
    expect(await mayRead(cookie)).toBe(true);
    const portal = (await shop.visit("/account", { cookie })).headers.get("location") ?? "";
    const { data } = await stripe().subscriptions.list({ limit: 1 });
    await submit(portal, { action: "cancel", subscription: `${data[0]?.id}` });
    await newsArrives();
    expect(await mayRead(cookie)).toBe(true);
    await passDays(31);
    await newsArrives();
    expect(await mayRead(cookie)).toBe(false);
  });

  it("a customer whose card is declined at a renewal has access for the grace, and again after paying", async () => {
    seen = await lastEvent();
    const { cookie, page } = await signUp("alan@example.com");
    await submit(page, { card: "4242424242424242", email: "alan@example.com" });
    await newsArrives();
    const [subscription] = (await stripe().subscriptions.list({ limit: 1 })).data;
    const renewWith = async (card: string) => {
      const method = await stripe().paymentMethods.attach(card, { customer: `${subscription?.customer}` });
      await stripe().subscriptions.update(`${subscription?.id}`, { default_payment_method: method.id });
    };
    await renewWith("pm_card_chargeCustomerFail");
    // Months differ, and Stripe collects a renewal an hour after the invoice.
    await passDays(33);
    await newsArrives();
    expect(await mayRead(cookie)).toBe(true);
    await passDays(8);
    await shop.synchronize();
    // Without further news.
    expect(await mayRead(cookie)).toBe(false);
    await renewWith("pm_card_visa");
    const { latest_invoice } = await stripe().subscriptions.retrieve(`${subscription?.id}`);
    await stripe().invoices.pay(`${latest_invoice}`);
    await newsArrives();
    expect(await mayRead(cookie)).toBe(true);
  });

  it("bad input is refused, and nobody without a session gets further", async () => {
    seen = await lastEvent();
    expect((await signUp("not an address")).status).toBe(422);
    expect((await shop.visit("/subscribe", { method: "POST", body: "{" })).status).toBe(422);
    const guest = { cookie: "session=00000000-0000-4000-8000-000000000000" };
    expect((await shop.visit("/reports", guest)).status).toBe(402);
    expect((await shop.visit("/account", guest)).status).toBe(402);
    for (const [path, method] of [
      ["//", "GET"],
      ["/reports", "DELETE"],
      ["/lib/shop.ts", "GET"],
    ])
      expect((await shop.visit(`${path}`, { method: `${method}` })).status).toBe(404);
    expect(shop.complaints()).toBe("");
  });

  it("a notification that was altered on its way changes nothing", async () => {
    seen = await lastEvent();
    const eve = await signUp("eve@example.com");
    await submit(eve.page, { card: "4242424242424242", email: "eve@example.com" });
    await deliver(await eventsSince(seen));
    // Without news, the API is asked.
    expect(await mayRead(eve.cookie)).toBe(true);
    const [activated] = (await published()).filter(({ type }) => type === "subscription.activated");
    if (activated === undefined) throw new Error("The subscription has not begun");

    const { cookie } = await signUp("mallory@example.com");
    const [mallory] = (await stripe().customers.list({ email: "mallory@example.com" })).data;
    const altered = { ...activated, object: { ...activated.object, customerId: mallory?.id } };
    expect((await shop.notify(activated, altered)).status).toBe(400);
    expect(await mayRead(cookie)).toBe(false);
  });
});
