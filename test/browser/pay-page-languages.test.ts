/** The pay page in each language, in a browser, at the width of a phone. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import type { Browser, Page } from "playwright-core";
import { launchChromium, openPage, scrollsSideways, type WatchedPage } from "./chromium.ts";
import { type PayPageSite, startPayPageSite } from "./pay-page-site.ts";

const GOOD_CARD = "4242 4242 4242 4242";
const NO_FUNDS = "4000 0000 0000 9995";
const ASKS_THE_BANK = "4000 0027 6000 3184";
const PHONE = { width: 360, height: 740 };

let site: PayPageSite;
let browser: Browser;
let watched: WatchedPage;
let page: Page;

beforeAll(async () => {
  site = await startPayPageSite();
  process.env.BUSINESS_NAME = "Ada's Shop";
  process.env.SUPPORT_EMAIL = "help@example.com";
  browser = await launchChromium();
});
afterAll(async () => {
  delete process.env.BUSINESS_NAME;
  delete process.env.SUPPORT_EMAIL;
  await browser.close();
  await site.close();
});

/** Opens a browser that asks for the language. */
async function inBrowserOf(locale: string) {
  watched = await openPage(browser, { locale, viewport: PHONE });
  page = watched.page;
}
beforeEach(() => inBrowserOf("en-US"));
afterEach(async () => {
  expect(watched.faults).toEqual([]);
  await page.context().close();
});

async function aPayment(preferred_locales: string[] = []) {
  const customer = (await site.stripe.customers.create({ preferred_locales })).id;
  return site.stripe.paymentIntents.create({
    amount: 4200,
    currency: "eur",
    customer,
    automatic_payment_methods: { enabled: true },
  });
}

const frame = () => page.frameLocator("#payment-element iframe");
async function payWith(number: string): Promise<void> {
  await frame().locator("#number").fill(number);
  await frame().locator("#expiry").fill("12 / 34");
  await frame().locator("#cvc").fill("123");
  await page.locator("form button:enabled").click();
}
const said = (words: string) => page.locator("#error").filter({ hasText: words }).waitFor();
const outcome = (name: string) => page.getByRole("heading", { name }).waitFor();

describe("given a payer with a phone", () => {
  it.each([
    ["en-GB", "en", "Card number", "Your card has insufficient funds.", "Payment received"],
    ["de-AT", "de", "Kartennummer", "Ihre Karte hat nicht genügend Guthaben.", "Zahlung erhalten"],
    ["fr-FR", "fr", "Numéro de carte", "Les fonds de votre carte sont insuffisants.", "Paiement reçu"],
    ["es-ES", "es", "Número de tarjeta", "Tu tarjeta no tiene fondos suficientes.", "Pago recibido"],
    ["pt-BR", "pt", "Número do cartão", "Seu cartão não tem saldo suficiente.", "Pagamento recebido"],
    ["nl-NL", "nl", "Kaartnummer", "Je kaart heeft onvoldoende saldo.", "Betaling ontvangen"],
    [
      "it-IT",
      "it",
      "Numero di carta",
      "La tua carta non dispone di fondi sufficienti.",
      "Pagamento ricevuto",
    ],
    ["ja-JP", "ja", "カード番号", "カードの残高が不足しています。", "お支払いが完了しました"],
  ])(
    "who reads %s: the page, the card form, a decline and the result are in %s, without scrolling sideways",
    async (locale, language, label, decline, heading) => {
      await page.context().close();
      await inBrowserOf(locale);
      await page.goto(site.link((await aPayment()).id));
      expect(await page.locator("html").getAttribute("lang")).toBe(language);
      await frame().getByLabel(label).waitFor();
      expect(await scrollsSideways(page)).toBe(false);
      await payWith(NO_FUNDS);
      await said(decline);
      expect(await scrollsSideways(page)).toBe(false);
      await payWith(GOOD_CARD);
      await outcome(heading);
      expect(await scrollsSideways(page)).toBe(false);
    },
  );

  it("whose customer prefers Japanese: it comes before the browser's English", async () => {
    await page.goto(site.link((await aPayment(["ja"])).id));
    await frame().getByLabel("カード番号").waitFor();
    await payWith(ASKS_THE_BANK);
    await page
      .frameLocator('iframe[title="3D Secure authentication"]')
      .getByRole("button", { name: "Fail" })
      .click();
    await said("お支払い方法を認証できませんでした");
    await page.getByRole("button", { name: "€42.00を支払う" }).waitFor();
  });

  it("who comes back from a bank that has refused reads no English in another language", async () => {
    const { id, client_secret } = await aPayment(["de"]);
    await site.payElsewhere(id, NO_FUNDS);
    await page.goto(`${site.link(id)}?payment_intent=${id}&payment_intent_client_secret=${client_secret}`);
    await said("Die Zahlung wurde nicht abgeschlossen, und es wurde nichts abgebucht.");
  });

  it("whose connection fails reads so in the own language", async () => {
    const { id } = await aPayment(["nl"]);
    await page.route(`${site.emulatorUrl}/v3/`, (route) => route.abort());
    await page.goto(site.link(id));
    await said("Het beveiligde kaartformulier kon niet worden geladen.");
  });

  it("who opens a bad link reads about it in the browser's language", async () => {
    await page.context().close();
    await inBrowserOf("pt-BR");
    await page.goto(`${site.link((await aPayment()).id)}x`);
    await outcome("Este link de pagamento não é válido");
    expect(await scrollsSideways(page)).toBe(false);
  });
});
