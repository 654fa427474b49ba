/** Every mail, with its samples, in every language. */
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { languageNames, languages } from "../../../generated/languages/index.ts";
import { mails } from "../../../generated/mails.ts";
import { ENGLISH_DECLINES } from "../../../lib/declines/decline-messages.ts";
import { BRAND_TAGS, inkOn } from "../../../lib/email/brand.ts";
import { renderMail } from "../../../lib/email/render-mail.ts";
import { readMailSamples, SAMPLE_TIME } from "../../../local/mail-samples.ts";

const BRAND = {
  BUSINESS_NAME: `Ada's "Nuts" & <Bolts>`,
  SUPPORT_EMAIL: "help@example.com",
  BUSINESS_ADDRESS: "1 Byron Street, London",
  BUSINESS_COLOR: "ffd200",
  BUSINESS_LOGO_URL: "https://shop.example.com/logo.png",
};
const before = { ...process.env };
beforeAll(() => {
  Object.assign(process.env, BRAND, { EMAIL_FROM: "pay@example.com", PUBLIC_URL: "https://pay.example.com" });
  Object.assign(process.env, { APP_SECRET: "app-secret-of-the-tests", BUSINESS_TIME_ZONE: "Europe/Vienna" });
});
afterAll(() => {
  process.env = before;
});

const samples = readMailSamples();
const render = (sample: (typeof samples)[number], ...preferred: string[]) =>
  renderMail(mails, { ...sample, to: "ada@example.com", languages: preferred }, SAMPLE_TIME);
const plain = (text: string) => text.replaceAll(/[\u00a0\u202f\u2009]/g, " ");

describe("given every mail with its samples", () => {
  it("every template has samples", () => {
    expect([...new Set(samples.map(({ template }) => template))].sort()).toEqual(
      Object.keys(mails.templates).sort(),
    );
  });

  it.each(languages)(
    "in %s, nothing is left out or unfilled, and no mail is in another language",
    async (language) => {
      for (const sample of samples) {
        const { subject, html, text } = await render(sample, language);
        const where = `${language} ${sample.template} ${sample.title}`;
        for (const part of [subject, html, text])
          expect(`${where}: ${part}`).not.toMatch(/\{\{|\}\}|undefined|\[object|NaN|Invalid|&amp;amp;/);
        expect(`${where}: ${text}`).not.toMatch(/&(?:#\w+|\w+);|\n\n\n/);
        expect(subject.length).toBeGreaterThan(5);
        expect(html).toContain(`<html lang="${language}">`);
        const english = await render(sample, "en");
        expect(language === "en" || subject !== english.subject).toBe(true);
      }
    },
  );

  it("a mail shows the business: its name, logo, colour, addresses, in HTML and in text", async () => {
    for (const sample of samples) {
      const { from, html, text } = await render(sample, "de");
      expect(from).toBe(`"Ada's \\"Nuts\\" & <Bolts>" <pay@example.com>`);
      expect(html).toContain('<img src="https:&#x2F;&#x2F;shop.example.com&#x2F;logo.png"');
      expect(html).toContain("Ada&#39;s &quot;Nuts&quot; &amp; &lt;Bolts&gt;</strong>");
      expect(html).toContain("border-top:4px solid #ffd200");
      expect(html).toMatch(/Schreiben Sie an <a href="mailto:help@example.com"/);
      expect(html.includes("1 Byron Street, London") && text.includes("1 Byron Street, London")).toBe(true);
      expect(text).toContain(`--\nAda's "Nuts" & <Bolts>\nFragen? Schreiben Sie an help@example.com.\n`);
    }
  });

  it("every text of a mail is shown by it, or made by code", () => {
    const byCode = [
      "linkEnded",
      "noCode",
      "card",
      ...Object.keys(mails.textsIn("en").shared).filter((name) => /^(per|every)/.test(name)),
    ];
    const { html, text, htmlParts, textParts } = mails.layout;
    const around = [html, text, ...Object.values(htmlParts), ...Object.values(textParts)].join();
    for (const [group, texts] of Object.entries(mails.textsIn("en"))) {
      const bodies = group === "shared" ? Object.values(mails.bodies) : [mails.bodies[group]];
      const shown = `${around}${JSON.stringify(bodies)}`;
      expect({
        group,
        unused: Object.keys(texts).filter(
          (name) => !byCode.includes(name) && !shown.includes(`{{>${name}}}`),
        ),
      }).toEqual({ group, unused: [] });
    }
    expect(Object.keys(mails.textsIn("en")).sort()).toEqual(
      ["shared", ...Object.keys(mails.templates)].sort(),
    );
  });

  it("a reader of no known language gets the default", async () => {
    const [sample] = samples.filter(({ template }) => template === "receipt");
    if (sample === undefined) throw new Error("There is no receipt");
    process.env.BUSINESS_LANGUAGE = "ja";
    expect((await render(sample, "xx")).subject).toMatch(/領収書/);
    process.env.BUSINESS_LANGUAGE = "";
    expect((await render(sample)).subject).toMatch(/^Receipt for your payment of €49\.00$/);
  });

  it.each([
    ["de-AT", "Beleg für Ihre Zahlung über € 49,00", "26. November 2026"],
    ["fr", "Reçu de votre paiement de 49,00 €", "26 novembre 2026"],
    ["nl", "Betaalbewijs van je betaling van € 49,00", "26 november 2026"],
    ["ja", "€49.00 のお支払いの領収書", "2026年11月26日"],
  ])("amounts and dates are those of %s", async (locale, subject, date) => {
    const [sample] = samples.filter(({ template }) => template === "receipt");
    if (sample === undefined) throw new Error("There is no receipt");
    const mail = await render(sample, locale);
    expect(plain(mail.subject)).toBe(subject);
    expect(mail.text).toContain(date);
  });
});

describe("given data that looks like HTML, or breaks lines", () => {
  it("HTML shows it as text, the text shows it as it is, and the subject has one line", async () => {
    const data = { product: "<b>Plan</b> & more\r\nBcc: eve@example.com", endsAt: "2026-12-27T09:30:00Z" };
    const mail = await render({ template: "subscription-canceled", title: "", data }, "en");
    expect(mail.subject).toBe(
      "Your <b>Plan</b> & more Bcc: eve@example.com subscription ends on December 27, 2026",
    );
    expect(mail.html).not.toContain("<b>Plan");
    expect(mail.html).toContain("&lt;b&gt;Plan&lt;&#x2F;b&gt; &amp; more");
    expect(mail.text).toContain("<b>Plan</b> & more");
  });

  it.each([
    ["Ada", '"Ada" <pay@example.com>'],
    ["Bücher & Söhne", `=?UTF-8?B?${Buffer.from("Bücher & Söhne").toString("base64")}?= <pay@example.com>`],
    ["Ada\r\nBcc: eve@example.com", '"Ada Bcc: eve@example.com" <pay@example.com>'],
    ["", "pay@example.com"],
  ])("the name %j of the business is a header of one line", async (name, from) => {
    const [sample] = samples;
    if (sample === undefined) throw new Error("There is no sample");
    process.env.BUSINESS_NAME = name;
    expect((await render(sample)).from).toBe(from);
    process.env.BUSINESS_NAME = BRAND.BUSINESS_NAME;
  });

  it("a long name is encoded in words of at most 75 characters, and no character is cut", async () => {
    const [sample] = samples;
    if (sample === undefined) throw new Error("There is no sample");
    process.env.BUSINESS_NAME = "株式会社".repeat(20);
    const { from } = await render(sample);
    process.env.BUSINESS_NAME = BRAND.BUSINESS_NAME;
    const words = from.split(" ").slice(0, -1);
    expect(Math.max(...words.map((word) => word.length))).toBeLessThanOrEqual(75);
    expect(words.map((word) => Buffer.from(word.slice(10, -2), "base64").toString()).join("")).toBe(
      "株式会社".repeat(20),
    );
  });
});

describe("given the colour of the business", () => {
  it.each([
    ["#ffd200", "#101216"],
    ["#0a5bd3", "#ffffff"],
    ["#000000", "#ffffff"],
    ["#ffffff", "#101216"],
  ])("text on %s is %s, which can be read", (color, ink) => {
    expect(inkOn(color)).toBe(ink);
  });

  it("the layout shows every tag that it is given", () => {
    const { html, text, htmlParts } = mails.layout;
    const all = [html, text, ...Object.values(htmlParts)].join();
    expect(BRAND_TAGS.filter((tag) => !all.includes(tag))).toEqual([]);
  });
});

describe("given the languages", () => {
  it("each has its own name, and English tells a declined payer what errors of the API say", () => {
    expect(new Set(Object.values(languageNames)).size).toBe(languages.length);
    expect(mails.declinesIn("en")).toEqual(ENGLISH_DECLINES);
  });
});
