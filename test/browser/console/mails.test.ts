/** The console's pages about mails, on a running stack. */
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import type { Page } from "playwright-core";
import { fieldOf, textOf } from "../../../lib/untrusted.ts";
import { readMailSamples } from "../../../local/mail-samples.ts";
import { openPage, scrollsSideways } from "../chromium.ts";
import { accessibilityFaults } from "./axe.ts";
import { type ConsoleSite, startConsoleSite } from "./console-site.ts";

let site: ConsoleSite;
let paymentId: string;
beforeAll(async () => {
  site = await startConsoleSite();
  const payment = await site.call("capabilities/stripe-create-payment-intent", {
    amount: 4200,
    currency: "usd",
  });
  paymentId = textOf(fieldOf(payment.body, "paymentIntentId")) ?? "";
  const sent = await site.call("capabilities/send-email", {
    to: "ada@example.com",
    template: "payment-link",
    data: { clientSecret: fieldOf(payment.body, "clientSecret"), amount: 4200, currency: "usd" },
  });
  expect(sent.status).toBe(200);
}, 240_000);
afterAll(() => site.close());

async function opened(path: string, width = 1280) {
  const { page, faults } = await openPage(site.browser, { viewport: { width, height: 900 } });
  await page.goto(`${site.url}/${path}`);
  return { page, faults };
}

const frameOf = (page: Page, device: string) => page.frameLocator(`iframe.${device}`);

describe("given a payment mail that was sent", () => {
  it("it is in the list with what it is about, and its link opens the pay page outside the frame", async () => {
    const { page, faults } = await opened("mails");
    const row = page.getByRole("row").filter({ hasText: "ada@example.com" });
    await row.getByText("sent").waitFor();
    await row.getByRole("link", { name: paymentId }).waitFor();
    await row.getByRole("link", { name: /\$42\.00/ }).click();
    await page.getByText("Preheader").waitFor();
    const opensTab = page.context().waitForEvent("page");
    await frameOf(page, "desktop").getByRole("link", { name: /Pay/ }).first().click();
    const payPage = await opensTab;
    await payPage.getByRole("heading", { name: "Payment details" }).waitFor();
    const listed = page.getByRole("link", { name: /\/pay\/.*opens a new tab/ });
    expect(await listed.getAttribute("href")).toBe(payPage.url());
    expect(await listed.getAttribute("target")).toBe("_blank");
    expect(faults).toEqual([]);
    await page.context().close();
  });

  it("its frames show a phone and a desktop, light and dark; scripts in it do not run", async () => {
    const { page } = await opened("mails");
    await page
      .getByRole("link", { name: /\$42\.00/ })
      .first()
      .click();
    const background = (): Promise<unknown> =>
      frameOf(page, "phone").locator("body").evaluate("getComputedStyle(document.body).backgroundColor");
    const light = await background();
    await page.getByRole("link", { name: "Dark", exact: true }).click();
    await page.getByTitle("360 px wide, dark").waitFor();
    expect(new URL(page.url()).searchParams.get("dark")).toBe("1");
    expect(await background()).not.toBe(light);
    const widths = await page
      .locator("iframe")
      .evaluateAll((frames) => frames.map(({ clientWidth }) => clientWidth));
    expect(widths).toEqual([358, 678]);
    const response = await page.request.get(
      new URL((await page.locator("iframe.phone").getAttribute("src")) ?? "", page.url()).href,
    );
    expect(response.headers()["content-security-policy"]).toMatch(
      /default-src 'none'.*sandbox(?!.*allow-scripts)/,
    );
    await page.context().close();
  });
});

describe("given every template", () => {
  const templates = [...new Set(readMailSamples().map(({ template }) => template))];

  it.each(["en", "ja"])("in %s, each is rendered, with its subject, text and frames", async (language) => {
    const { page, faults } = await opened(`mails/templates?language=${language}`);
    for (const template of templates) {
      await page.getByLabel("Template").selectOption(template);
      await page.waitForURL(new RegExp(`template=${template}(?:&|$)`));
      await page.locator(`iframe.phone[src*="template=${template}&"]`).waitFor();
      expect(await frameOf(page, "phone").locator("html").getAttribute("lang")).toMatch(
        new RegExp(`^${language}`),
      );
      expect((await page.locator("pre.text").textContent())?.length).toBeGreaterThan(20);
    }
    expect(faults).toEqual([]);
    await page.context().close();
  });

  it("the language and the sample are in the address", async () => {
    const { page } = await opened("mails/templates?template=subscription-changed&sample=An+upgrade");
    await page.getByLabel("Language").selectOption("fr");
    await page.getByText("Votre abonnement Business plan × 5 a été modifié").first().waitFor();
    await page.reload();
    await page.getByText("Votre abonnement Business plan × 5 a été modifié").first().waitFor();
    await page.context().close();
  });
});

describe("given a page that does not know yet which server it comes from", () => {
  it("an action waits until it knows, and is done", async () => {
    const { page } = await opened("mails");
    let go = () => {};
    const gone = new Promise<void>((resolve) => {
      go = resolve;
    });
    await page.route("**/console/api/status", async (route) => {
      await gone;
      await route.continue();
    });
    await page.goto(`${site.url}/mails/templates?template=receipt`);
    const name = "Send to the mailbox";
    await page.getByRole("button", { name }).click();
    go();
    await page.getByRole("dialog").getByRole("button", { name }).click();
    await page.getByText("Sent to ada@example.com").waitFor();
    await page.context().close();
  });
});

describe("given a sample that is sent to a reader who complains", () => {
  it("the list says so as soon as SES has reported it", async () => {
    const { page } = await opened("mails/templates?template=receipt&language=de");
    const name = "Send, and let the reader complain";
    await page.getByRole("button", { name }).click();
    await page.getByRole("dialog").getByRole("button", { name }).click();
    await page.getByText("Sent to complaint@simulator.amazonses.com").waitFor();
    await page.goto(`${site.url}/mails`);
    const row = page.getByRole("row").filter({ hasText: "complaint@simulator.amazonses.com" });
    await row.waitFor();
    // The page is not live: SES reports when it likes.
    while (!(await row.textContent())?.includes("complained"))
      await page.getByRole("button", { name: "Look again" }).click();
    await page.context().close();
  });
});

describe("given a phone, 360 px wide", () => {
  it.each(["mails", "mails/templates?template=invoice&dark=1"])(
    "%s needs no scrolling sideways, and axe finds nothing",
    async (path) => {
      const { page } = await opened(path, 360);
      await page.locator("main :is(table, iframe.phone)").first().waitFor();
      expect(await scrollsSideways(page)).toBe(false);
      expect(await accessibilityFaults(page)).toEqual([]);
      await page.context().close();
    },
  );

  it("a mail needs no scrolling sideways, and axe finds nothing", async () => {
    const { page } = await opened("mails", 360);
    await page
      .getByRole("link", { name: /\$42\.00/ })
      .first()
      .click();
    await frameOf(page, "phone").getByRole("link", { name: /Pay/ }).first().waitFor();
    expect(await scrollsSideways(page)).toBe(false);
    expect(await accessibilityFaults(page)).toEqual([]);
    await page.context().close();
  });
});
