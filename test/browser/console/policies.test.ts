/** The console's view of policies: a decision, why, and the cases. */
import { afterAll, beforeAll, describe, expect, it, jest } from "@jest/globals";
import type { Page } from "playwright-core";
import { openPage, scrollsSideways } from "../chromium.ts";
import { accessibilityFaults } from "./axe.ts";
import { type ConsoleSite, startConsoleSite } from "./console-site.ts";

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

  const decision = () => page.getByRole("region", { name: "Decision" });
  const rule = (id: string) => decision().locator("li.rule").filter({ hasText: id }).first();

  it("a permission names the rule, and the part of each other rule that was false, with its value", async () => {
    await page.goto(`${site.url}/policies`);
    await page.getByLabel("checkout", { exact: true }).check();
    await page.getByLabel("Resource").selectOption("stripe-create-payment-intent");
    await page.getByLabel("amount", { exact: true }).fill("4200");

    await decision().getByText("PERMIT").first().waitFor();
    await rule("limit-amount")
      .getByText("input.amount > limit[input.currency] is false: input.amount is 4200")
      .waitFor();
    expect(await rule("admin-may-do-everything").textContent()).toContain(
      '"admin" in principal.roles is false: principal.roles is ["checkout"]',
    );
    expect(await accessibilityFaults(page)).toEqual([]);
  });

  it("a denial names its rule with its place in the file, and is shared by its address", async () => {
    await page.getByLabel("amount", { exact: true }).fill("2000001");
    await decision().getByText("DENY").first().waitFor();
    const shared = await openPage(site.browser);
    await shared.page.goto(page.url());
    const decided = shared.page.locator("li.rule.decided");
    await decided.getByText("matched and decides").waitFor();

    expect(await decided.textContent()).toMatch(/limit-amount[\s\S]*policies\/default\.yml:\d+/);
    expect(await shared.page.getByLabel("amount", { exact: true }).inputValue()).toBe("2000001");
    await shared.page.context().close();
  });

  it("usage decides only when it is given", async () => {
    await page.getByLabel("amount", { exact: true }).fill("4200");
    await decision().getByText("PERMIT").first().waitFor();
    await page.getByText("Usage, time and stage").click();
    await page.getByLabel("callsThisMinute").fill("601");
    await page.keyboard.press("Tab");

    await decision().getByRole("link", { name: "limit-calls-per-minute" }).waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);
  });

  it("a denied call on the time line leads to what is known of its decision", async () => {
    await site.call("capabilities/stripe-create-payment-intent", { amount: 2_000_001 });
    await page.goto(site.url);
    await page.getByRole("link", { name: "DENY by limit-amount" }).first().click();
    await page.getByRole("heading", { name: "Policies" }).waitFor();

    expect(await page.getByLabel("Resource").inputValue()).toBe("stripe-create-payment-intent");
    expect(await page.getByLabel("Principal (optional)").inputValue()).toBe("local-dev");
    // The roles are those of its API key.
    await page.getByRole("checkbox", { name: "admin", exact: true, checked: true }).waitFor();
  });

  it("the cases are a table with their results, by rule, and each leads to its decision", async () => {
    await page.goto(`${site.url}/policies/cases`);
    await page.locator("strong", { hasText: /\d+ cases/ }).waitFor();
    expect(await page.locator("main").textContent()).toContain("all of them pass");
    await page.getByLabel("Rule").selectOption("limit-amount");
    await page.locator("tbody tr").nth(99).waitFor({ state: "detached" });
    expect(await accessibilityFaults(page)).toEqual([]);
    await page.locator("tbody tr").first().getByRole("link").click();
    await page.locator("li.rule.decided").filter({ hasText: "limit-amount" }).waitFor();
  });

  it("on a phone nothing scrolls sideways", async () => {
    const phone = await openPage(site.browser, {
      viewport: { width: 360, height: 740 },
      colorScheme: "dark",
    });
    for (const path of [
      "/policies/cases",
      new URL(page.url()).pathname.replace("/console", "") + new URL(page.url()).search,
    ]) {
      await phone.page.goto(site.url + path);
      await phone.page.locator("tbody tr, li.rule").first().waitFor();
      expect([path, await scrollsSideways(phone.page)]).toEqual([path, false]);
      expect([path, await accessibilityFaults(phone.page)]).toEqual([path, []]);
    }
    await phone.page.context().close();
  });

  it("no page broke a rule of its own", () => {
    expect(faults).toEqual([]);
  });
});
