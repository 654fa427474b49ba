/** The console's view of runs on a running stack: started, watched, cancelled and retried as a person does it. */
import { afterAll, beforeAll, describe, expect, it, jest } from "@jest/globals";
import type { Page } from "playwright-core";
import { fieldOf } from "../../../lib/untrusted.ts";
import { openPage, scrollsSideways } from "../chromium.ts";
import { accessibilityFaults } from "./axe.ts";
import { type ConsoleSite, startConsoleSite } from "./console-site.ts";

const PHONE = { viewport: { width: 360, height: 740 } };

/** Most of it is the start of the stack, and of functions that are called for the first time. */
jest.setTimeout(240_000);

describe("given the local stack and its console", () => {
  let site: ConsoleSite;
  let page: Page;
  let faults: string[];
  beforeAll(async () => {
    site = await startConsoleSite();
    ({ page, faults } = await openPage(site.browser));
    page.setDefaultTimeout(90_000);
  });
  afterAll(() => site.close());

  const field = (name: string) => page.getByLabel(name, { exact: true });
  const step = (id: string, words = "") =>
    page.getByRole("button", { name: new RegExp(`^${id} \\S+ . ${words}`) });

  it("the form of process-payment names what is missing, field by field", async () => {
    await page.goto(`${site.url}/runs`);
    await page.getByRole("link", { name: "process-payment", exact: true }).click();
    await field("amount").fill("forty-two");
    await page.getByRole("button", { name: "Start the run" }).click();

    await page.getByText("customerEmail is required", { exact: true }).waitFor();
    await page.getByText("amount must be a number", { exact: true }).waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);
  });

  it("what only the API knows is shown at its field, too", async () => {
    await field("customerEmail").fill("not an address");
    await field("amount").fill("4200");
    await page.getByRole("button", { name: "Start the run" }).click();

    await page.locator(".mistake").filter({ hasText: "customerEmail" }).waitFor();
    expect(await page.getByRole("alert").textContent()).toContain("VALIDATION_FAILED");
  });

  it("a run is started by the form, however often it is sent, and seen live to its end", async () => {
    await field("customerEmail").fill("ada@example.com");
    await page.getByRole("button", { name: "Start the run" }).dblclick();
    await page.getByRole("heading", { name: /^Run run-/ }).waitFor();
    await step("send-payment-link", "ran").waitFor();
    await page.locator(".summary").getByText("completed").waitFor();

    expect(await step("notify-error", "skipped").count()).toBe(1);
    await page.getByRole("link", { name: "All runs" }).click();
    await page.getByRole("table").waitFor();
    expect(await page.locator("tbody tr").count()).toBe(1);
  });

  it("a step of the graph is opened by keyboard, and what is sealed stays sealed", async () => {
    await page.locator("tbody").getByRole("link").first().click();
    await step("create-customer").focus();
    await page.keyboard.press("Enter");

    const details = page.getByRole("region", { name: "create-customer" });
    await details.waitFor();
    expect(await details.getByRole("region", { name: "Input" }).textContent()).toContain(
      '"email": "[sealed]"',
    );
    expect(await page.locator("main").textContent()).not.toContain("ada@example.com");
    expect(new URL(page.url()).searchParams.get("step")).toBe("create-customer");
    expect(await accessibilityFaults(page)).toEqual([]);
  });

  it("a failed step shows its attempts with their errors, and the run is retried when the cause is gone", async () => {
    await site.emulator("faults", {
      kind: "status",
      status: 503,
      times: 1000,
      match: { method: "POST", path: "/v1/payment_intents" },
    });
    const { body } = await site.call("workflows/process-payment/runs", {
      customerEmail: "eve@example.com",
      amount: 4200,
    });
    await page.goto(`${site.url}/runs/${String(fieldOf(body, "runId"))}`);
    await page.locator(".summary").getByText("failed").waitFor();

    await step("create-payment-intent", "failed after 2 retries").waitFor();
    const details = page.getByRole("region", { name: "create-payment-intent" });
    expect(await details.locator("ol.attempts li").count()).toBe(3);
    expect(await details.locator("ol.attempts li").first().textContent()).toContain("BAD_GATEWAY");
    expect(await step("notify-error", "ran").count()).toBe(1);
    expect(await page.locator("path.edge.failure.taken").count()).toBe(1);
    expect(await accessibilityFaults(page)).toEqual([]);

    await fetch(`${site.stack.urls.stripeEmulator}/_emulator/faults`, { method: "DELETE" });
    await page.getByRole("button", { name: "Retry this run" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Retry this run" }).click();
    await page.locator(".summary").getByText("completed").waitFor();
    await step("create-payment-intent", "ran after 3 retries").waitFor();
  });

  it("a run that waits says for which event of which payment until when, and goes on when it is paid", async () => {
    const { body } = await site.call("workflows/process-payment-and-receipt/runs", {
      customerEmail: "ada@example.com",
      amount: 4200,
    });
    await page.goto(`${site.url}/runs/${String(fieldOf(body, "runId"))}`);
    const waits = page.getByRole("region", { name: "It waits for payment_intent.succeeded" });
    await waits.waitFor();
    await step("wait-for-payment", "waits").waitFor();
    const paymentIntent = /pi_\w+/.exec((await waits.textContent()) ?? "")?.[0];
    expect(await waits.textContent()).toMatch(/until \d\d-\d\d/);
    await waits.getByText("End the wait by a command").click();
    expect(await waits.locator("pre").textContent()).toContain("/_emulator/pay");
    expect(await accessibilityFaults(page)).toEqual([]);

    await site.emulator("pay", { paymentIntent, card: "4242424242424242" });
    await page.locator(".summary").getByText("completed").waitFor();
    await step("cancel-payment", "skipped").waitFor();
    expect(await waits.count()).toBe(0);
  });

  it("a run that waits is cancelled after a question", async () => {
    const { body } = await site.call("workflows/process-payment-and-receipt/runs", {
      customerEmail: "ada@example.com",
      amount: 4200,
    });
    await page.goto(`${site.url}/runs/${String(fieldOf(body, "runId"))}`);
    await step("wait-for-payment", "waits").waitFor();
    await page.getByRole("button", { name: "Cancel this run" }).click();
    const dialog = page.getByRole("dialog", { name: "Cancel this run" });
    expect(await dialog.locator("code").textContent()).toContain("/cancel");
    await dialog.getByRole("button", { name: "Cancel this run" }).click();

    await page.locator(".summary").getByText("cancelled").waitFor();
    await step("wait-for-payment", "cancelled").waitFor();
  });

  it("runs are listed by workflow and status, and counted", async () => {
    await page.goto(`${site.url}/runs`);
    await field("Workflow").selectOption("process-payment-and-receipt");
    await field("Status").selectOption("cancelled");
    await page.locator("tbody tr").filter({ hasText: "cancelled" }).waitFor();
    await page.locator("tbody tr").nth(1).waitFor({ state: "detached" });

    expect(new URL(page.url()).search).toBe("?workflow=process-payment-and-receipt&status=cancelled");
    await page.getByRole("list", { name: "How many runs" }).getByText("cancelled").waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);
  });

  it("a run that does not exist is said not to", async () => {
    await page.goto(`${site.url}/runs/run-0`);
    await page.getByRole("alert").filter({ hasText: "There is no run run-0" }).waitFor();
  });

  it("on a phone nothing scrolls sideways but the graph in its frame", async () => {
    const phone = await openPage(site.browser, { ...PHONE, colorScheme: "dark" });
    await phone.page.goto(`${site.url}/runs`);
    await phone.page.getByRole("table").waitFor();
    expect(await scrollsSideways(phone.page)).toBe(false);
    expect(await accessibilityFaults(phone.page)).toEqual([]);
    await phone.page.locator("tbody").getByRole("link").first().click();
    await phone.page.locator("svg .node").first().waitFor();
    expect(await scrollsSideways(phone.page)).toBe(false);
    expect(await accessibilityFaults(phone.page)).toEqual([]);
    await phone.page.goto(`${site.url}/runs/start/send-invoice`);
    await phone.page.getByRole("button", { name: "Add to lines" }).click();
    await phone.page.getByRole("button", { name: "Remove lines 1" }).waitFor();
    expect(await scrollsSideways(phone.page)).toBe(false);
    expect(await accessibilityFaults(phone.page)).toEqual([]);
    await phone.page.context().close();
  });

  it("no page broke a rule of its own", () => {
    expect(faults).toEqual([]);
  });
});
