/** The console's start page on a running stack. */
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { openPage } from "../chromium.ts";
import { type ConsoleSite, startConsoleSite } from "./console-site.ts";

describe("given the local stack and its console", () => {
  let site: ConsoleSite;
  beforeAll(async () => {
    site = await startConsoleSite();
  });
  afterAll(() => site.close());

  it("a call shows on the open start page as soon as it has ended", async () => {
    const { page, faults } = await openPage(site.browser);
    await page.goto(site.url);
    await page.getByRole("heading", { name: "Time line" }).waitFor();
    await site.call("capabilities/stripe-create-customer", { email: "ada@example.com" });
    await page.getByRole("listitem").filter({ hasText: "stripe-create-customer" }).first().waitFor();
    expect(faults).toEqual([]);
    await page.context().close();
  });
});
