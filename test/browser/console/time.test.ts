/** Time and faults of the local stack, in the console. */
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import type { Page } from "playwright-core";
import { fieldOf, listOf } from "../../../lib/untrusted.ts";
import { freePorts } from "../../../local/ports.ts";
import { startStack } from "../../../local/stack-process.ts";
import { openPage, scrollsSideways } from "../chromium.ts";
import { accessibilityFaults } from "./axe.ts";
import { type ConsoleSite, startConsoleProcess, startConsoleSite } from "./console-site.ts";

/** A machine that is busy with much else. */
const BUSY_MS = 240_000;

describe("given the local stack and its console", () => {
  let site: ConsoleSite;
  let page: Page;
  let faults: string[];
  beforeAll(async () => {
    site = await startConsoleSite();
    ({ page, faults } = await openPage(site.browser));
    page.setDefaultTimeout(BUSY_MS);
  }, BUSY_MS);
  afterAll(() => site.close());

  const strip = () => page.getByRole("region", { name: "What this shows" });
  const dialog = () => page.getByRole("dialog");
  const isGone = (text: RegExp) => strip().filter({ hasNotText: text }).waitFor();
  async function act(button: string, confirm = button) {
    await page.getByRole("button", { name: button, exact: true }).click();
    await dialog().getByRole("button", { name: confirm, exact: true }).click();
    await dialog().waitFor({ state: "detached" });
  }

  const read = async (url: string): Promise<unknown> => (await fetch(url)).json();
  const customers = async () =>
    listOf(fieldOf(await read(`${site.stack.urls.stripeEmulator}/_emulator/state`), "objects", "customer"));

  it(
    "the clock moves by a day, and the strip says so on every view",
    async () => {
      await page.goto(`${site.url}/time`);
      await page.getByRole("heading", { name: "Clock" }).waitFor();
      expect(await strip().textContent()).not.toContain("ahead");
      await act("Move a day");
      await strip().getByText("The clock is 1 day ahead").waitFor();
      await page.getByRole("link", { name: "Time line" }).click();
      await page.getByRole("heading", { name: "Time line" }).waitFor();
      await strip()
        .getByRole("link", { name: /1 day ahead/ })
        .click();
      await page.getByRole("heading", { name: "Time and faults" }).waitFor();
    },
    BUSY_MS,
  );

  it(
    "it does not move back, and says why",
    async () => {
      await page.getByLabel("Time in UTC").fill("2001-01-01T00:00");
      await page.getByRole("button", { name: "Move to this time" }).click();
      await dialog().getByRole("button", { name: "Move to this time" }).click();
      await dialog().getByRole("alert").getByText("moves forward only").waitFor();
      await page.keyboard.press("Escape");
      await dialog().waitFor({ state: "detached" });
      const focused = await page.evaluate<string>("document.activeElement.textContent");
      expect(focused).toContain("Move to this time");
    },
    BUSY_MS,
  );

  it(
    "a fault is ordered, shows in another open page, strikes, and is taken back",
    async () => {
      const { page: other } = await openPage(site.browser);
      await other.goto(site.url);
      await page.getByLabel("What goes wrong").selectOption({ label: "Stripe responds with a status" });
      await page.getByLabel("Status, 400 to 599").fill("402");
      await page.getByLabel("How often").fill("2");
      await page.getByLabel("Only path").fill("/v1/customers");
      await act("Order this fault");
      await strip().getByText("1 fault is ordered: stripe responds with a status, 2 times").waitFor();
      await other.getByText("1 fault is ordered").waitFor({ timeout: BUSY_MS });
      await other.context().close();
      const { status } = await site.call("capabilities/stripe-create-customer", { email: "ada@example.com" });
      expect(status).toBe(402);
      await page.getByRole("cell", { name: "once" }).waitFor();
      await act("Take back Stripe responds with a status", "Take back");
      await isGone(/fault is ordered/);
      const created = await site.call("capabilities/stripe-create-customer", { email: "ada@example.com" });
      expect(created.status).toBe(200);
    },
    BUSY_MS,
  );

  it(
    "all faults are taken back at once, those of AWS too",
    async () => {
      await site.emulator("faults", [{ kind: "drop_webhooks" }, { kind: "delay", ms: 60_000 }]);
      await page.getByLabel("What goes wrong").selectOption({ label: "SQS fails" });
      await page.getByLabel("Of its calls, in percent").fill("1");
      await act("Order this fault");
      await strip().getByText("3 faults are ordered").waitFor();
      await act("Take all back");
      await isGone(/faults? (is|are) ordered/);
    },
    BUSY_MS,
  );

  it(
    "two clicks order one fault",
    async () => {
      await page.getByLabel("What goes wrong").selectOption({ label: "Events are lost" });
      await page.getByRole("button", { name: "Order this fault" }).click();
      await dialog().getByRole("button", { name: "Order this fault" }).dblclick();
      await dialog().waitFor({ state: "detached" });
      await strip().getByText("1 fault is ordered").waitFor();
      await act("Take all back");
      await isGone(/fault is ordered/);
    },
    BUSY_MS,
  );

  it(
    "a lost response is not taken for a failure: to ask again does it once",
    async () => {
      let sent = 0;
      await page.route("**/console/api/time/faults", async (route) => {
        sent += 1;
        const response = await route.fetch();
        await (sent === 1 ? route.abort() : route.fulfill({ response }));
      });
      await page.getByRole("button", { name: "Order this fault" }).click();
      await dialog().getByRole("button", { name: "Order this fault" }).click();
      await dialog().getByText("whether it was done is not known").waitFor();
      await dialog().getByRole("button", { name: "Ask again" }).click();
      await dialog().waitFor({ state: "detached" });
      await page.unroute("**/console/api/time/faults");
      expect(sent).toBe(2);
      await strip().getByText("1 fault is ordered").waitFor();
      await act("Take all back");
    },
    BUSY_MS,
  );

  it(
    "the payer pays with a card, and is declined with the reason",
    async () => {
      const made = await site.call("capabilities/stripe-create-payment-intent", {
        amount: 4200,
        currency: "usd",
      });
      const id = String(fieldOf(made.body, "paymentIntentId"));
      await page.getByRole("textbox", { name: "Payment" }).fill(id);
      await page.getByLabel("The card").selectOption({ label: "is declined: insufficient funds" });
      await page.getByRole("button", { name: "Pay", exact: true }).click();
      await dialog().getByRole("button", { name: "Pay", exact: true }).click();
      await dialog()
        .getByText(/insufficient funds/)
        .last()
        .waitFor();
      await dialog().getByRole("alert").getByText("PAYMENT_REQUIRED").waitFor();
      await page.keyboard.press("Escape");
      await page.getByLabel("The card").selectOption({ label: "is paid" });
      await act("Pay");
      await page.getByText("The payment is succeeded.").waitFor();
    },
    BUSY_MS,
  );

  it("a page of another origin cannot act", async () => {
    for (const headers of [
      { origin: "http://evil.example", "x-console-change": "1" },
      { "content-type": "text/plain" },
    ] as const) {
      const response = await fetch(`${site.url}/api/time/reset`, { method: "POST", headers });
      expect(response.status).toBe(403);
    }
  });

  it(
    "a checker of accessibility finds nothing, at 360 pixels nobody scrolls sideways, and the policy refuses nothing",
    async () => {
      await page.goto(`${site.url}/time`);
      await page.getByRole("heading", { name: "Clock" }).waitFor();
      expect(await accessibilityFaults(page)).toEqual([]);
      await page.getByRole("button", { name: "Reset the stack" }).click();
      expect(await accessibilityFaults(page)).toEqual([]);
      await page.setViewportSize({ width: 360, height: 740 });
      expect(await scrollsSideways(page)).toBe(false);
      await page.keyboard.press("Escape");
      expect(await scrollsSideways(page)).toBe(false);
      await page.setViewportSize({ width: 1280, height: 900 });
      expect(faults).toEqual([]);
    },
    BUSY_MS,
  );

  it(
    "sample data fill the time line, and a reset empties it and sets the clock back",
    async () => {
      await page.getByLabel("Customers").fill("2");
      await page.getByRole("button", { name: "Make a month" }).click();
      await dialog().getByRole("button", { name: "Make a month" }).click();
      await strip().getByText("Sample data: day").waitFor();
      await page.getByText("A month with 2 customers is on the time line").waitFor();
      const [customer] = await customers();
      const about = `${site.url}/api/timeline?id=${String(fieldOf(customer, "id"))}`;
      expect(listOf(fieldOf(await read(about), "entries")).length).toBeGreaterThan(0);
      await act("Reset the stack");
      await page.getByRole("heading", { name: "Time line" }).waitFor();
      await isGone(/ahead/);
      expect(await customers()).toEqual([]);
      expect(listOf(fieldOf(await read(about), "entries"))).toEqual([]);
      const again = await site.call("capabilities/stripe-create-customer", { email: "ada@example.com" });
      expect(again.status).toBe(200);
      await page.getByRole("listitem").filter({ hasText: "stripe-create-customer" }).first().waitFor();
    },
    2 * BUSY_MS,
  );

  it(
    "the console says that the stack has stopped, and what to do, and recovers when it starts again",
    async () => {
      await site.stack.stop();
      await strip().getByText("The local stack does not run. `npm start` starts it").waitFor();
      await expect(
        startConsoleProcess({ ...site.environment, CONSOLE_PORT: (await freePorts()).CONSOLE_PORT }),
      ).rejects.toThrow(/No local stack runs at .* `npm start` starts it/);
      const again = await startStack({ env: site.environment });
      await isGone(/does not run/);
      await site.call("capabilities/stripe-create-customer", { email: "grace@example.com" });
      await page.getByRole("listitem").filter({ hasText: "stripe-create-customer" }).first().waitFor();
      await again.stop();
    },
    BUSY_MS,
  );
});
