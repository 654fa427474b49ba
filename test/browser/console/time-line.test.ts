/** The console's start page on a running stack. */
import { appendFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import type { Page } from "playwright-core";
import { logFileOf } from "../../../local/logs/log-file.ts";
import { freePorts } from "../../../local/ports.ts";
import { openPage, scrollsSideways } from "../chromium.ts";
import { accessibilityFaults } from "./axe.ts";
import { type ConsoleSite, startConsoleProcess, startConsoleSite } from "./console-site.ts";

const OLDER = 250;

describe("given the local stack and its console", () => {
  let site: ConsoleSite;
  let page: Page;
  let faults: string[];
  beforeAll(async () => {
    site = await startConsoleSite();
    ({ page, faults } = await openPage(site.browser));
  });
  afterAll(() => site.close());

  /** As if a function had written it. */
  const write = (capabilityIds: readonly string[], ageMs = 0, fields: object = {}) => {
    const lines = capabilityIds.map((capabilityId, index) => {
      const timestamp = Date.now() - ageMs + index;
      const line = { event: "capability.invoked", capabilityId, outcome: "succeeded", ...fields };
      const log = "/aws/lambda/contractspec-stripe-dev-stripe-get-customer";
      return `${JSON.stringify({ timestamp, log, message: JSON.stringify(line) })}\n`;
    });
    appendFileSync(logFileOf(process.cwd(), Number(site.environment.PORT)), lines.join(""));
  };
  const row = (text: string) => page.getByRole("listitem").filter({ hasText: text });
  const open = async (query = "") => {
    await page.goto(`${site.url}${query}`);
    await page.getByText("● Live").waitFor();
  };

  it("a call shows on the open page as soon as it has ended, with its decision, its request to Stripe, and a mark if it was replayed", async () => {
    await open();
    for (const _ of ["first", "repeated"])
      await site.call("capabilities/stripe-create-customer", { email: "ada@example.com" }, "same-key");
    await row("stripe-create-customer").filter({ hasText: "↻ replayed" }).waitFor();
    const call = row("stripe-create-customer").filter({ hasText: "✓ succeeded" });
    await call.filter({ hasText: /PERMIT by \S+.*local-dev.*req_/ }).waitFor();
    await row("POST /v1/customers").filter({ hasText: "req_" }).waitFor();
    await call.getByRole("button").click();
    await row("POST /v1/customers").filter({ hasText: "same request" }).waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);
    await call.getByRole("button").click();
  });

  it("an event with a wrong signature is an alarm, in plain words, and found by that filter", async () => {
    await fetch(`${site.stack.urls.api}/api/webhooks/stripe`, {
      method: "POST",
      headers: { "stripe-signature": "t=1,v1=00" },
      body: "{}",
    });
    await page.getByRole("button", { name: /^alarm/ }).click();
    await page.waitForURL(/kind=alarm/);
    await row("Event refused by the webhook")
      .filter({ hasText: "⚠ alarm: WebhookRejectionsAlarm" })
      .waitFor();
    await page.reload();
    await row("Event refused by the webhook").waitFor();
    expect(await row("stripe-create-customer").count()).toBe(0);
  });

  it("older entries come page by page, and the counts know all of them", async () => {
    write(
      Array.from({ length: OLDER }, (_, index) => `older-${String(index).padStart(3, "0")}`),
      3_600_000,
      { principalId: "an-agent", outcome: "denied" },
    );
    await open("?principal=an-agent");
    await page.getByText(`${OLDER} of`).waitFor();
    await page.reload();
    for (const shown of [50, 100, 150, 200, 250]) {
      await expect(rowsOf(page, shown)).resolves.toBe(shown);
      if (shown < OLDER) await page.getByRole("button", { name: "Show older" }).click();
    }
    const titles = await page.locator(".entry .title").allTextContents();
    expect(titles).toEqual([...titles].sort().reverse());
    expect(new Set(titles).size).toBe(OLDER);
    expect(await page.getByRole("button", { name: "Show older" }).count()).toBe(0);
  });

  it("what one reads stays where it is: new entries wait until one asks for them", async () => {
    await page.evaluate("scrollTo(0, 600)");
    const read = page.locator(".entry").nth(20);
    const place = async () => [(await read.boundingBox())?.y, await read.textContent()];
    const before = await place();
    write(["news-1", "news-2", "news-3"], 0, { principalId: "an-agent" });
    const news = page.getByRole("button", { name: "3 new" });
    await news.waitFor();
    expect(await place()).toEqual(before);
    await news.click();
    await row("news-3").waitFor();
    expect(await page.evaluate("scrollY")).toBe(0);
  });

  it("a paused page waits at the top, too", async () => {
    await page.getByRole("button", { name: "Pause" }).click();
    await page.getByText("‖ Paused").waitFor();
    write(["paused-1"], 0, { principalId: "an-agent" });
    await page.getByRole("button", { name: "1 new" }).waitFor();
    expect(await row("paused-1").count()).toBe(0);
    await page.getByRole("button", { name: "1 new" }).click();
    await row("paused-1").waitFor();
  });

  it("a part of the chart narrows the time, and the table says the same in words", async () => {
    await open("?principal=an-agent");
    await page.getByText("As a table").click();
    const cell = page.getByRole("cell", { name: `${OLDER} refused` });
    await cell.waitFor();
    await page.getByRole("row").filter({ has: cell }).getByRole("link").click();
    await page.waitForURL(/from=\d+&to=\d+/);
    await page.getByText(`${OLDER} of`).waitFor();
    expect(await row("news-1").count()).toBe(0);
    await page.getByRole("link", { name: "show all times" }).click();
    await row("news-1").waitFor();
  });

  it("the entries are reached and opened by keys, and everything with one of their ids is a link away", async () => {
    await open("?kind=call&outcome=succeeded&principal=local-dev");
    await row("stripe-create-customer").waitFor();
    await page.keyboard.press("j");
    await page.keyboard.press("Enter");
    const customer = page.getByRole("link", { name: /everything with this id\s+cus_/ });
    await customer.focus();
    await page.keyboard.press("Enter");
    await page.waitForURL(/id=cus_/);
    await row("customer.created applied").waitFor();
    await row("POST /v1/customers").waitFor();
  });

  it("a lost connection is visible, and afterwards nothing is missing and nothing is there twice", async () => {
    const { CONSOLE_PORT = "" } = await freePorts();
    const environment = { ...site.environment, CONSOLE_PORT };
    const first = await startConsoleProcess(environment);
    await page.goto(`${first.url}?principal=an-agent`);
    await page.getByText("● Live").waitFor();
    await first.stop();
    await page.getByText("✕ Connection lost").waitFor();
    write(["while-away"], 0, { principalId: "an-agent" });
    const second = await startConsoleProcess(environment);
    await page.getByText("● Live").waitFor();
    await row("while-away").waitFor();
    write(["afterwards"], 0, { principalId: "an-agent" });
    await row("afterwards").waitFor();
    const titles = await page.locator(".entry .title").allTextContents();
    expect(new Set(titles).size).toBe(titles.length);
    await page.goto("about:blank");
    await second.stop();
  });

  it.each([
    [1280, "light"],
    [1280, "dark"],
    [360, "light"],
    [360, "dark"],
  ] as const)(
    "at %d px and in %s mode it has no fault, and nobody scrolls sideways",
    async (width, colorScheme) => {
      const opened = await openPage(site.browser, { viewport: { width, height: 900 }, colorScheme });
      await opened.page.goto(site.url);
      await opened.page.locator(".entry").first().waitFor();
      await opened.page.locator(".chart").waitFor();
      expect(await accessibilityFaults(opened.page)).toEqual([]);
      expect(await scrollsSideways(opened.page)).toBe(false);
      expect([...faults, ...opened.faults]).toEqual([]);
      await opened.page.context().close();
    },
  );
});

/** How many entries the page shows, once it shows as many as that. */
async function rowsOf(page: Page, count: number): Promise<number> {
  await page
    .locator(".entry")
    .nth(count - 1)
    .waitFor();
  return page.locator(".entry").count();
}
