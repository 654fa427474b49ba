/**
 * Every mail as its readers see it. With WRITE_PICTURES=docs/pictures/mails (`npm run screenshots`), the pictures of docs/mails.md
 * are written; with another folder, every mail in English, German and Japanese, light and dark, narrow and wide.
 */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import type { Browser } from "playwright-core";
import type { EmulatorThread } from "../../local/emulator-thread.ts";
import { readMailSamples } from "../../local/mail-samples.ts";
import { startMailbox } from "../../local/mailbox.ts";
import { launchChromium, openPage, scrollsSideways } from "./chromium.ts";

const samples = readMailSamples();
const BRAND = {
  BUSINESS_NAME: "Ada's Music School",
  SUPPORT_EMAIL: "help@music.example",
  BUSINESS_ADDRESS: "Ada's Music School, 1 Byron Street, London",
  BUSINESS_COLOR: "#0b6e5f",
  BUSINESS_TIME_ZONE: "Europe/London",
};
const folder = process.env.WRITE_PICTURES;

let browser: Browser;
let mailbox: EmulatorThread;
beforeAll(async () => {
  Object.assign(process.env, BRAND);
  [browser, mailbox] = await Promise.all([launchChromium(), startMailbox({ mailEnvironment: BRAND })]);
  if (folder !== undefined) mkdirSync(folder, { recursive: true });
});
afterAll(async () => {
  await browser.close();
  await mailbox.close();
});

const mailAt = (sample: number, language: string, dark: boolean) =>
  `${mailbox.url}/mails/mail?${new URLSearchParams({ sample: String(sample), language, dark: dark ? "1" : "0" })}`;

describe("given every mail on a phone, 360 px wide", () => {
  it.each(["en", "de", "ja"])("in %s, nobody scrolls sideways, light or dark", async (language) => {
    const { page } = await openPage(browser, { viewport: { width: 360, height: 740 } });
    for (const [index, { template, title }] of samples.entries()) {
      for (const dark of [false, true]) {
        await page.goto(mailAt(index, language, dark));
        expect({ template, title, sideways: await scrollsSideways(page) }).toMatchObject({ sideways: false });
        if (folder !== undefined && !folder.startsWith("docs/"))
          await page.screenshot({
            path: join(folder, `${template}-${index}-${language}-360${dark ? "-dark" : ""}.png`),
            fullPage: true,
          });
      }
    }
    await page.context().close();
  });
});

describe("given the preview", () => {
  it("it lists every mail, and shows the chosen one in the chosen language at both widths", async () => {
    const { page } = await openPage(browser, { viewport: { width: 960, height: 640 } });
    await page.goto(`${mailbox.url}/mails`);
    for (const { title } of samples)
      expect(await page.getByRole("link", { name: title, exact: true }).count()).toBeGreaterThan(0);
    await page.getByRole("link", { name: "An upgrade" }).click();
    await page.getByRole("link", { name: "Français" }).click();
    await page.getByText("Votre abonnement Business plan × 5 a été modifié").first().waitFor();
    const widths = await page
      .locator("iframe")
      .evaluateAll((frames) => frames.map((frame) => frame.clientWidth));
    expect(widths).toEqual([360, 680]);
    await page.frameLocator("iframe >> nth=0").getByText("Ada's Music School").first().waitFor();
    if (folder?.startsWith("docs/")) await page.screenshot({ path: join(folder, "../mail-preview.png") });
    await page.context().close();
  });
});

describe("given the pictures of the docs", () => {
  it("one of every mail", async () => {
    if (folder === undefined) return;
    const { page } = await openPage(browser, { viewport: { width: 600, height: 400 } });
    for (const template of new Set(samples.map((sample) => sample.template))) {
      const index = samples.findIndex((sample) => sample.template === template);
      await page.goto(mailAt(index, "en", false));
      await page.screenshot({ path: join(folder, `${template}.png`), fullPage: true });
    }
    await page.context().close();
  });
});
