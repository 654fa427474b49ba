/**
 * The pictures of the console for README.md and docs/console.md: a month of a small company on a running stack. `npm run screenshots`
 * writes them to docs/pictures/.
 */
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import type { Page } from "playwright-core";
import { spawned } from "../../steps/commands.ts";
import { openPage, takePicture } from "../chromium.ts";
import { accessibilityFaults } from "./axe.ts";
import { type ConsoleSite, startConsoleSite } from "./console-site.ts";

/** A view, how to come to it from the start page, and what shows that it is there. */
interface Picture {
  readonly name: string;
  readonly open: (page: Page, url: string) => Promise<unknown>;
  readonly shows: RegExp;
  readonly height?: number;
}

/** Less for a view that is mostly text: a picture has at most 100 KB. */
const HEIGHT = 600;

/** More than the role may charge at once. */
const A_LARGE_PAYMENT = {
  role: "checkout",
  capability: "stripe-create-payment-intent",
  input: JSON.stringify({ amount: 5_000_000, currency: "usd" }),
};

const PICTURES: readonly Picture[] = [
  { name: "console-time-line", open: (page, url) => page.goto(url), shows: /Needs attention/ },
  {
    name: "console-payment",
    open: async (page, url) => {
      await page.goto(url);
      await page.getByRole("link", { name: /^pi_/ }).first().click();
    },
    shows: /What you can do next/,
  },
  {
    name: "console-run",
    open: async (page, url) => {
      await page.goto(`${url}/runs`);
      await page.getByRole("link", { name: /^run-/ }).first().click();
    },
    shows: /Graph|Steps/,
  },
  {
    name: "console-policy",
    open: (page, url) => page.goto(`${url}/policies?${new URLSearchParams(A_LARGE_PAYMENT)}`),
    shows: /DENY|APPROVE/,
  },
  { name: "console-mails", open: (page, url) => page.goto(`${url}/mails`), shows: /Mails/, height: 480 },
];

describe("given a month of a small company", () => {
  let site: ConsoleSite;
  let page: Page;
  let faults: readonly string[];
  beforeAll(async () => {
    site = await startConsoleSite();
    const { status, err } = await spawned("sample-data", "--customers 6", site.environment);
    if (status !== 0) throw new Error(err);
    ({ page, faults } = await openPage(site.browser, { viewport: { width: 880, height: HEIGHT } }));
  }, 300_000);
  afterAll(() => site.close());

  it.each(PICTURES)(
    "$name shows it, and an accessibility checker finds nothing",
    async ({ name, open, shows, height = HEIGHT }) => {
      await page.setViewportSize({ width: 880, height });
      await open(page, site.url);
      await page.getByRole("main").getByText(shows).first().waitFor();
      await page.waitForLoadState("networkidle").catch(() => undefined);
      expect(await accessibilityFaults(page)).toEqual([]);
      expect(faults).toEqual([]);
      await takePicture(page, name, { isWhole: false });
    },
  );
});
