/** The pay page in the payer's language. */
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { handler } from "../../../functions/pay-page/handler.ts";
import { pageLanguage } from "../../../functions/pay-page/page-language.ts";
import { PAGE_STATES, type PageState } from "../../../functions/pay-page/page-states.ts";
import { renderPage } from "../../../functions/pay-page/render-page.ts";
import { languages } from "../../../generated/languages/index.ts";
import { createPayToken } from "../../../lib/pay-link/pay-token.ts";
import { tries } from "../../steps/effort.ts";
import * as given from "../../steps/given.ts";
import { type StripeShop, stripeShop } from "../../steps/stripe-shop.ts";
import * as when from "../../steps/when.ts";

const APP_SECRET = "app-secret-of-the-tests";

given.capturedLog();
let shop: StripeShop;
beforeAll(async () => {
  shop = await stripeShop();
  Object.assign(process.env, { APP_SECRET, STAGE: "dev", STRIPE_PUBLISHABLE_KEY: "pk_test_local" });
});
afterAll(() => shop.close());

/** The page of the object, for a browser that asks for these languages. */
async function pageFor(objectId: string, accepted?: string) {
  const token = createPayToken({ objectId, expiresAt: Math.floor(Date.now() / 1000) + 60 }, [APP_SECRET]);
  const { headers, text } = await when.calls(handler, {
    method: "GET",
    path: `/pay/${token}`,
    pathParameters: { token },
    authorizer: null,
    ...(accepted === undefined ? {} : { headers: { "Accept-Language": accepted } }),
  });
  const [, lang, dir] = /<html lang="([^"]*)" dir="([^"]*)">/.exec(text) ?? [];
  return { lang, dir, text, headers };
}

async function aPayment(preferred_locales?: string[]): Promise<string> {
  const customer = await shop.stripe.customers.create({
    ...(preferred_locales === undefined ? {} : { preferred_locales }),
  });
  const { id } = await shop.stripe.paymentIntents.create({
    amount: 123_456,
    currency: "eur",
    customer: customer.id,
    automatic_payment_methods: { enabled: true },
  });
  return id;
}

describe("given a payer whose browser asks for a language", () => {
  it.each([
    ["en-US,en;q=0.9", "en", "€1,234.56", "Payment details", "en"],
    ["de-AT,de;q=0.9,en;q=0.8", "de", "€ 1.234,56", "Zahlungsdaten", "de"],
    ["fr-CA", "fr", "1 234,56 €", "Informations de paiement", "fr-CA"],
    ["es-MX,es;q=0.9", "es", "EUR 1,234.56", "Datos de pago", "es"],
    ["pt-BR", "pt", "€ 1.234,56", "Dados de pagamento", "pt-BR"],
    ["nl", "nl", "€ 1.234,56", "Betaalgegevens", "nl"],
    ["it-IT", "it", "1234,56 €", "Dati di pagamento", "it"],
    ["ja", "ja", "€1,234.56", "お支払い情報", "ja"],
    ["xx, ja;q=0.3, de;q=0.9, fr;q=0", "de", "1.234,56 €", "Zahlungsdaten", "de"],
    ["pl,*", "en", "€1,234.56", "Payment details", "en"],
    [undefined, "en", "€1,234.56", "Payment details", "en"],
  ])("%s: the page is in %s, and the amount is %s", async (accepted, lang, amount, heading, locale) => {
    const page = await pageFor(await aPayment(), accepted);
    expect(page).toMatchObject({ lang, dir: "ltr" });
    expect(page.headers["content-language"]).toBe(lang);
    expect(page.text.replaceAll(/[\u00a0\u202f]/g, " ")).toContain(`<p class="amount">${amount} `);
    expect(page.text).toContain(`<h1>${heading}</h1>`);
    expect(page.text).toContain(` data-locale="${locale}"`);
  });

  it("any header at all gets a page in a language that there is", async () => {
    const id = await aPayment();
    const header = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.string({ unit: fc.constantFrom(..."de-,;q=01.*_ ") }),
    );
    await fc.assert(
      fc.asyncProperty(header, async (accepted) => {
        expect(languages).toContain((await pageFor(id, accepted)).lang);
      }),
      { numRuns: tries({ sample: 10, whole: 30 }) },
    );
  });
});

describe("given a customer whose languages Stripe knows", () => {
  it("they come before the browser's, for a payment, a card to be saved and a subscription", async () => {
    const customer = (await shop.stripe.customers.create({ preferred_locales: ["ja"] })).id;
    const setup = await shop.stripe.setupIntents.create({ customer });
    const price = await shop.monthlyPrice(2000, "jpy");
    const subscription = await shop.stripe.subscriptions.create({
      customer,
      items: [{ price: price.id }],
      payment_behavior: "default_incomplete",
    });
    const pages = [await aPayment(["ja"]), setup.id, subscription.id].map((id) => pageFor(id, "de"));
    expect((await Promise.all(pages)).map(({ lang }) => lang)).toEqual(["ja", "ja", "ja"]);
    const { text } = await pageFor(subscription.id, "de");
    expect(text).toMatch(/<dd>￥2,000 &#x2F; 月<\/dd>/);
    expect(text).toMatch(/<dt>次回請求<\/dt><dd>\d+年\d+月\d+日に￥2,000<\/dd>/);
  });

  it("one that we do not speak leaves the choice to the browser; a deleted customer has none", async () => {
    expect((await pageFor(await aPayment(["pl"]), "fr")).lang).toBe("fr");
    const customer = await shop.stripe.customers.create({ preferred_locales: ["ja"] });
    const { id } = await shop.stripe.paymentIntents.create({
      amount: 4200,
      currency: "usd",
      customer: customer.id,
    });
    await shop.stripe.customers.del(customer.id);
    expect((await pageFor(id, "it")).lang).toBe("it");
  });
});

describe("given a payer who has to pay elsewhere", () => {
  it("the facts, the deadline and the codes are named in the payer's language", async () => {
    const id = await aPayment(["de"]);
    await shop.control("POST", "wait", { paymentIntent: id, method: "konbini" });
    expect((await pageFor(id)).text).toContain("<dt>Zahlungscode bei lawson</dt>");
    const transfer = await aPayment(["it"]);
    await shop.control("POST", "wait", { paymentIntent: transfer, method: "customer_balance" });
    const { text } = await pageFor(transfer);
    expect(text).toContain("<dt>Importo da trasferire</dt>");
    expect(text).toContain("<dt>Causale</dt>");
    const voucher = await aPayment(["fr"]);
    await shop.control("POST", "wait", { paymentIntent: voucher, method: "oxxo" });
    expect((await pageFor(voucher)).text).toMatch(/À payer avant le \d+ \S+ \d{4} à \d\d:\d\d UTC\./);
  });
});

describe.each(languages)("given a page in %s", (name) => {
  const language = pageLanguage([name]);
  const english = pageLanguage(["en"]);
  const states = Object.keys(PAGE_STATES).filter((state): state is PageState =>
    Object.hasOwn(PAGE_STATES, state),
  );
  /** The words of a page, without addresses and markup. */
  const wordsOf = (html: string) =>
    [...html.matchAll(/>([^<>]+)</g)]
      .map(([, text = ""]) => text.trim())
      .filter((text) => /\p{L}{3}/u.test(text));
  const shown = (state: PageState, speech = language) =>
    renderPage(
      {
        state,
        kind: "card",
        language: speech,
        intent: { clientSecret: "seti_1_secret_2", isSetup: true },
        publishableKey: "pk_test_1",
        summary: { rows: [], livemode: false },
        reference: "1",
        returnTo: { url: "https://a.example/", ids: {}, isCapturedLater: false },
      },
      { stripeJsOrigin: undefined, businessName: undefined, supportEmail: "1@2.example" },
    );

  it.each(states)("%s has no tag that is not filled, and no English text in another language", (state) => {
    const html = shown(state);
    expect(html).not.toMatch(/\{\{|\}\}|undefined|\[object/);
    if (name === "en") return;
    const inEnglish = new Set(wordsOf(shown(state, english)));
    const untranslated = wordsOf(html).filter((text) => inEnglish.has(text) && !text.includes(".example"));
    expect(untranslated).toEqual([]);
  });
});
