/** The code of docs/gate-access.md gates access as it says, for lives of subscriptions that the Stripe emulator plays. */
import { randomUUID } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, jest } from "@jest/globals";
import fc from "fast-check";
import { handler } from "../generated/handlers/stripe-get-customer-state.ts";
import { APPLICATION_KEY, backendOfAnApplication, DAY_SECONDS } from "./steps/backend-of-an-application.ts";
import { blockNamed } from "./steps/documented-blocks.ts";
import { tries } from "./steps/effort.ts";
import type { EmulatedEvent } from "./steps/stripe-emulator-client.ts";
import * as when from "./steps/when.ts";

interface Documented {
  byState: { mayUse(userId: string, feature?: string): Promise<boolean> };
  byNotifications: {
    receive(notification: object): void;
    mayUse(userId: string, now: Date, feature?: string): boolean;
  };
}

const { url, stripe, useCard, passDays, lastEvent, eventsSince, deliver, published } =
  backendOfAnApplication();
let folder: string;
let code: Documented;
beforeAll(async () => {
  Object.assign(process.env, { PAYMENTS_URL: url(), PAYMENTS_KEY: APPLICATION_KEY });
  mkdirSync(".local", { recursive: true });
  folder = mkdtempSync(join(import.meta.dirname, "../.local/gate-access-"));
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
