/** The pay page for subscriptions and saved cards, and the way back to the application. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import type { Browser, Page } from "playwright-core";
import { type LoopbackServer, loopbackServer } from "../steps/loopback-server.ts";
import { launchChromium, openPage, scrollsSideways, type WatchedPage } from "./chromium.ts";
import { type PayPageSite, startPayPageSite } from "./pay-page-site.ts";

const GOOD_CARD = "4242 4242 4242 4242";
const DECLINED = "4000 0000 0000 0002";
const ASKS_THE_BANK = "4000 0027 6000 3184";
const DAY_SECONDS = 86_400;

let site: PayPageSite;
let shop: LoopbackServer;
let browser: Browser;
let watched: WatchedPage;
let page: Page;

beforeAll(async () => {
  site = await startPayPageSite();
  shop = await loopbackServer((_request, _body, response) => {
    response.writeHead(200, { "content-type": "text/html" }).end("<h1>The shop</h1>");
  });
  browser = await launchChromium();
});
afterAll(async () => {
  await browser.close();
  await shop.close();
  await site.close();
});
beforeEach(async () => {
  process.env.BUSINESS_NAME = "Ada's Shop";
  watched = await openPage(browser);
  page = watched.page;
});
afterEach(async () => {
  delete process.env.BUSINESS_NAME;
  expect(watched.faults).toEqual([]);
  await page.context().close();
});

interface Plan {
  readonly amount?: number;
  readonly quantity?: number;
  readonly trialDays?: number;
  readonly interval?: "month" | "year";
  readonly currency?: string;
  readonly name?: string;
}

async function aSubscription(plan: Plan = {}) {
  const { amount = 1200, quantity = 3, trialDays, interval = "month", currency = "usd", name = "Pro" } = plan;
  const customer = (await site.stripe.customers.create({ email: "ada@example.com" })).id;
  const price = await site.stripe.prices.create({
    currency,
    unit_amount: amount,
    recurring: { interval },
    product_data: { name },
  });
  return site.stripe.subscriptions.create({
    customer,
    items: [{ price: price.id, quantity }],
    payment_behavior: "default_incomplete",
    payment_settings: { save_default_payment_method: "on_subscription" },
    expand: ["pending_setup_intent"],
    ...(trialDays === undefined ? {} : { trial_period_days: trialDays }),
  });
}

async function aCardToSave() {
  const customer = (await site.stripe.customers.create({ email: "ada@example.com" })).id;
  const { id } = await site.stripe.setupIntents.create({
    customer,
    automatic_payment_methods: { enabled: true },
  });
  return { id, customer };
}

const dayOf = (seconds = 0) =>
  new Intl.DateTimeFormat("en-US", { dateStyle: "long", timeZone: "UTC" }).format(seconds * 1000);
const cardField = (label: string) =>
  page.frameLocator('iframe[title="Secure payment input frame"]').getByLabel(label);
const button = (name: string) => page.getByRole("button", { name });
const outcome = (name: string) => page.getByRole("heading", { name }).waitFor();
const fact = (label: string) =>
  page.locator(".summary .details div", { hasText: label }).locator("dd").textContent();
const label = () => page.locator(".summary .label").textContent();
const inTheDialog = (name: string) =>
  page.frameLocator('iframe[title="3D Secure authentication"]').getByRole("button", { name }).click();

async function submit(number: string, name: string): Promise<void> {
  await cardField("Card number").fill(number);
  await cardField("Expiration date").fill("12 / 34");
  await cardField("Security code").fill("123");
  await button(name).click();
}

async function said(words: RegExp): Promise<void> {
  await page.locator("#error").filter({ hasText: words }).waitFor();
  await page.locator("form button:enabled").waitFor();
}

describe("given the first invoice of a subscription", () => {
  it("the page says what is due, for what, and when how much is charged next; a good card pays", async () => {
    const { id, items } = await aSubscription();
    const renewal = dayOf(items.data[0]?.current_period_end);
    await page.goto(site.link(id));
    await page.getByText("Ada's Shop", { exact: true }).waitFor();
    await page.getByText("$36.00 USD").waitFor();
    expect([await label(), await fact("Pro × 3"), await fact("Next charge")]).toEqual([
      "Due now",
      "$36.00 per month",
      `$36.00 on ${renewal}`,
    ]);
    await submit(GOOD_CARD, "Pay $36.00");
    await outcome("Payment received");
    await page.getByText(`It renews on ${renewal} for $36.00.`).waitFor();
    expect(await label()).toBe("Paid");
    const { status, default_payment_method: saved } = await site.stripe.subscriptions.retrieve(id);
    expect([status, typeof saved]).toEqual(["active", "string"]);
    await page.reload();
    await outcome("Payment received");
    await page.getByText(`It renews on ${renewal} for $36.00.`).waitFor();
    expect([await label(), await page.locator("form, script").count()]).toEqual(["Paid", 0]);
  });

  it("a declined card is explained, a bank is asked in a dialog, and another card pays", async () => {
    const { id } = await aSubscription({ interval: "year", quantity: 1 });
    await page.goto(site.link(id));
    expect(await fact("Pro")).toBe("$12.00 per year");
    await submit(DECLINED, "Pay $12.00");
    await said(/declined/);
    await submit(ASKS_THE_BANK, "Pay $12.00");
    await inTheDialog("Complete");
    await outcome("Payment received");
    expect((await site.stripe.subscriptions.retrieve(id)).status).toBe("active");
  });

  it("a renewal that failed can be paid by the same link", async () => {
    const { id, customer } = await aSubscription({ quantity: 1 });
    const { id: card } = await site.stripe.paymentMethods.attach("pm_card_chargeCustomerFail", {
      customer: String(customer),
    });
    await page.goto(site.link(id));
    await submit(GOOD_CARD, "Pay $12.00");
    await outcome("Payment received");
    await site.stripe.subscriptions.update(id, { default_payment_method: card });
    await site.moveClock(31 * DAY_SECONDS);
    expect((await site.stripe.subscriptions.retrieve(id)).status).toBe("past_due");
    await page.goto(site.link(id));
    expect(await label()).toBe("Due now");
    await submit(GOOD_CARD, "Pay $12.00");
    await outcome("Payment received");
    expect((await site.stripe.subscriptions.retrieve(id)).status).toBe("active");
  });

  it("one that has ended asks for nothing", async () => {
    const { id } = await aSubscription();
    await site.stripe.subscriptions.cancel(id);
    const response = await page.goto(site.link(id));
    expect(response?.status()).toBe(410);
    await outcome("This subscription has ended");
    expect(await page.locator("form, iframe, script").count()).toBe(0);
  });
});

describe("given a subscription that begins with a trial", () => {
  it("the page saves a card, charges nothing, and says when the first charge comes", async () => {
    const { id, trial_end: end } = await aSubscription({ trialDays: 7, quantity: 1 });
    await page.goto(site.link(id));
    await page.getByText("$0.00 USD").waitFor();
    expect([await fact("Pro"), await fact("Free trial"), await fact("First charge")]).toEqual([
      "$12.00 per month",
      `until ${dayOf(Number(end))}`,
      `$12.00 on ${dayOf(Number(end))}`,
    ]);
    await submit(GOOD_CARD, "Save card");
    await outcome("Your free trial is active");
    await page
      .getByText(`Your trial is free until ${dayOf(Number(end))}. It then renews for $12.00.`)
      .waitFor();
    expect((await site.stripe.subscriptions.retrieve(id)).default_payment_method).toEqual(expect.any(String));
    await page.reload();
    await outcome("Your free trial is active");
  });
});

describe("given a card to be saved", () => {
  it("the page says that nothing is charged, and saves it", async () => {
    const { id, customer } = await aCardToSave();
    await page.goto(site.link(id));
    await page.getByText("Save a card for later payments").waitFor();
    expect([await label(), await page.title()]).toEqual(["Nothing to pay now", "Save your card"]);
    await submit(GOOD_CARD, "Save card");
    await outcome("Your card is saved");
    expect((await site.stripe.customers.listPaymentMethods(customer)).data).toHaveLength(1);
    await page.reload();
    await outcome("Your card is saved");
    expect(await page.locator("form, script").count()).toBe(0);
  });

  it("a card that is declined, or whose bank refuses, is not saved; the payer can use another one", async () => {
    const { id, customer } = await aCardToSave();
    await page.goto(site.link(id));
    await submit(DECLINED, "Save card");
    await said(/declined/);
    await submit(ASKS_THE_BANK, "Save card");
    await inTheDialog("Fail");
    await said(/authenticat/);
    expect((await site.stripe.customers.listPaymentMethods(customer)).data).toEqual([]);
    await submit(ASKS_THE_BANK, "Save card");
    await inTheDialog("Complete");
    await outcome("Your card is saved");
  });

  it("after a lost response the page asks Stripe; after a lost request it lets the payer try again", async () => {
    const { id } = await aCardToSave();
    await page.route("**/confirm", (route) => route.abort(), { times: 1 });
    await page.goto(site.link(id));
    await submit(GOOD_CARD, "Save card");
    await said(/not saved, and nothing was charged/);
    await page.route("**/confirm", async (route) => {
      await route.fetch();
      await route.abort();
    });
    await button("Save card").click();
    await outcome("Your card is saved");
  });

  it("one that was saved in another tab meanwhile is not saved twice", async () => {
    const { id, customer } = await aCardToSave();
    await page.goto(site.link(id));
    await cardField("Card number").waitFor();
    await site.setupElsewhere(id, GOOD_CARD);
    await submit(GOOD_CARD, "Save card");
    await outcome("Your card is saved");
    expect((await site.stripe.customers.listPaymentMethods(customer)).data).toHaveLength(1);
  });

  it("a request that was canceled asks for nothing", async () => {
    const { id } = await aCardToSave();
    await site.stripe.setupIntents.cancel(id);
    expect((await page.goto(site.link(id)))?.status()).toBe(410);
    await outcome("This request was canceled");
  });
});

describe("given an application that the payer comes from", () => {
  const returnUrl = () => `${shop.url}/account?tab=billing`;
  /** Where the payer arrived, as ids and a status; never with a secret. */
  async function arrived() {
    await page.waitForURL(`${shop.url}/**`);
    const { pathname, searchParams } = new URL(page.url());
    expect(page.url()).not.toMatch(/secret/);
    expect([pathname, searchParams.get("tab")]).toEqual(["/account", "billing"]);
    searchParams.delete("tab");
    return Object.fromEntries(searchParams);
  }

  it("a payer who has paid a subscription is sent back by the page itself", async () => {
    const { id } = await aSubscription();
    await page.goto(site.link(id, 3600, returnUrl()));
    await submit(GOOD_CARD, "Pay $36.00");
    await outcome("Payment received");
    await page.getByRole("link", { name: "Return to Ada's Shop" }).waitFor();
    expect(await arrived()).toEqual({
      payment_intent: expect.stringMatching(/^pi_/),
      subscription: id,
      status: "succeeded",
    });
  });

  it("a payer who has saved a card can go back at once", async () => {
    const { id } = await aCardToSave();
    await page.goto(site.link(id, 3600, returnUrl()));
    await submit(GOOD_CARD, "Save card");
    await outcome("Your card is saved");
    await page.getByRole("link", { name: "Return to Ada's Shop" }).click();
    expect(await arrived()).toEqual({ setup_intent: id, status: "succeeded" });
  });

  it("a payer who opens the link again later stays on the page, and can go back", async () => {
    const { id } = await aCardToSave();
    await site.setupElsewhere(id, GOOD_CARD);
    await page.goto(site.link(id, 3600, returnUrl()));
    await outcome("Your card is saved");
    expect(await page.locator("meta[http-equiv], script").count()).toBe(0);
    await page.getByRole("link", { name: "Return to Ada's Shop" }).click();
    expect(await arrived()).toMatchObject({ status: "succeeded" });
  });

  it("a payer who does not want to pay can go back", async () => {
    const { id } = await aSubscription();
    await page.goto(site.link(id, 3600, returnUrl()));
    await page.getByRole("link", { name: "Go back to Ada's Shop without paying" }).click();
    expect(await arrived()).toMatchObject({ subscription: id, status: "requires_payment_method" });
  });

  it("a payer whose bank has its own page is sent back from there through this page, which drops the client secret", async () => {
    const { id, client_secret: secret } = await site.stripe.setupIntents.create({});
    await site.setupElsewhere(id, GOOD_CARD);
    const link = site.link(id, 3600, returnUrl());
    await page.goto(
      `${link}?setup_intent=${id}&setup_intent_client_secret=${secret}&redirect_status=succeeded`,
    );
    expect(page.url()).not.toMatch(/secret/);
    await outcome("Your card is saved");
    expect(await arrived()).toEqual({ setup_intent: id, status: "succeeded" });
  });
});

describe.each([320, 360])("given a phone %i px wide", (width) => {
  it("nobody has to scroll sideways: not for a long plan, a trial, a saved card or the way back", async () => {
    await page.setViewportSize({ width, height: 740 });
    const plan = { name: "Enterprise-Plus-with-everything-included-and-priority-support", quantity: 1000 };
    const subscription = await aSubscription(plan);
    const trial = await aSubscription({ ...plan, trialDays: 14 });
    const card = await aCardToSave();
    for (const [{ id }, name, heading] of [
      [subscription, "Pay $12,000.00", "Payment received"],
      [trial, "Save card", "Your free trial is active"],
      [card, "Save card", "Your card is saved"],
    ] as const) {
      await page.goto(site.link(id, 3600, `${shop.url}/a?b=c`));
      await button(name).waitFor();
      expect(await scrollsSideways(page)).toBe(false);
      await submit(GOOD_CARD, name);
      await outcome(heading);
      expect(await scrollsSideways(page)).toBe(false);
    }
  });
});
