/**
 * The pictures of docs/pay-page.md: states of the page, each in another language, at the width of a phone. With WRITE_PICTURES=1, as
 * `npm run screenshots` sets it, they are written to docs/pictures/.
 */
import { afterAll, beforeAll, describe, it } from "@jest/globals";
import type { Browser, Page } from "playwright-core";
import { launchChromium, openPage, takePicture } from "./chromium.ts";
import { type PayPageSite, startPayPageSite } from "./pay-page-site.ts";

const PHONE = { viewport: { width: 360, height: 640 }, deviceScaleFactor: 1 };

let site: PayPageSite;
let browser: Browser;
beforeAll(async () => {
  Object.assign(process.env, { BUSINESS_NAME: "Ada's Shop", SUPPORT_EMAIL: "help@example.com" });
  site = await startPayPageSite();
  browser = await launchChromium();
});
afterAll(async () => {
  delete process.env.BUSINESS_NAME;
  delete process.env.SUPPORT_EMAIL;
  await browser.close();
  await site.close();
});

interface Picture {
  /** Of the file, and the page's language. */
  readonly name: string;
  readonly locale: string;
  readonly isDark?: boolean;
  /** Makes what is paid, and returns the link. */
  readonly link: () => Promise<string>;
  /** Brings the page into the state of the picture. */
  readonly act?: (page: Page) => Promise<void>;
  /** Is visible in that state. */
  readonly shows: string;
}

const PICTURES: readonly Picture[] = [
  {
    name: "pay-page-payment",
    locale: "de",
    link: async () => site.link((await aPayment("eur")).id),
    act: async (page) => typeCard(page, "4242 4242 4242 4242"),
    shows: "bezahlen",
  },
  {
    name: "pay-page-subscription",
    locale: "en",
    link: async () => site.link(await aSubscription()),
    act: (page) => page.locator("form button:enabled").waitFor(),
    shows: "Next charge",
  },
  {
    name: "pay-page-trial",
    locale: "es",
    link: async () => site.link(await aSubscription(14)),
    act: (page) => page.locator("form button:enabled").waitFor(),
    shows: "Prueba gratuita",
  },
  {
    name: "pay-page-declined",
    locale: "ja",
    isDark: true,
    link: async () => site.link((await aPayment("jpy")).id),
    act: async (page) => {
      await typeCard(page, "4000 0000 0000 9995");
      await page.locator("form button:enabled").click();
    },
    shows: "カードの残高が不足しています。",
  },
  {
    name: "pay-page-paid",
    locale: "fr",
    link: async () => site.link(await aSubscription()),
    act: async (page) => {
      await typeCard(page, "4242 4242 4242 4242");
      await page.locator("form button:enabled").click();
    },
    shows: "Paiement reçu",
  },
  {
    name: "pay-page-transfer",
    locale: "it",
    link: async () => {
      const { id } = await aPayment("eur");
      await site.waitElsewhere(id, "customer_balance");
      return site.link(id);
    },
    shows: "Causale",
  },
  {
    name: "pay-page-voucher",
    locale: "pt",
    link: async () => {
      const { id } = await aPayment("brl");
      await site.waitElsewhere(id, "boleto");
      return site.link(id);
    },
    shows: "Abrir o boleto",
  },
  {
    name: "pay-page-expired",
    locale: "nl",
    link: async () => site.link((await aPayment("eur")).id, -1),
    shows: "verlopen",
  },
];

const aPayment = (currency: string) =>
  site.stripe.paymentIntents.create({
    amount: 4200,
    currency,
    description: "Ada Lovelace, Notes",
    automatic_payment_methods: { enabled: true },
  });

async function aSubscription(trialDays?: number): Promise<string> {
  const customer = (await site.stripe.customers.create({})).id;
  const price = await site.stripe.prices.create({
    currency: "eur",
    unit_amount: 1200,
    recurring: { interval: "month" },
    product_data: { name: "Pro" },
  });
  const { id } = await site.stripe.subscriptions.create({
    customer,
    items: [{ price: price.id, quantity: 3 }],
    payment_behavior: "default_incomplete",
    ...(trialDays === undefined ? {} : { trial_period_days: trialDays }),
  });
  return id;
}

async function typeCard(page: Page, number: string): Promise<void> {
  const frame = page.frameLocator("#payment-element iframe");
  await frame.locator("#number").fill(number);
  await frame.locator("#expiry").fill("12 / 34");
  await frame.locator("#cvc").fill("123");
}

describe("given a state of the pay page", () => {
  it.each(PICTURES)("$name: its picture shows it in $locale, and is small", async (picture) => {
    const { name, locale, isDark = false, link, act, shows } = picture;
    const colorScheme = isDark ? "dark" : "light";
    const { page } = await openPage(browser, { ...PHONE, locale, colorScheme });
    await page.goto(await link());
    await act?.(page);
    await page.getByText(shows).first().waitFor();
    await takePicture(page, name);
    await page.context().close();
  });
});
