/** The small suite of the client in a browser. `npm run client -- runtimes` runs it in Node, Deno, Bun and Workers. */
import { afterAll, beforeAll, expect, it } from "@jest/globals";
import type { Browser } from "playwright-core";
import { bundledClient } from "../../scripts/client/build.ts";
import { runtimeFiles } from "../../scripts/client/runtimes/runtime-files.ts";
import { startSuiteApi } from "../../scripts/client/runtimes/suite-api.ts";
import { launchChromium, openPage } from "./chromium.ts";

let browser: Browser;
beforeAll(async () => {
  browser = await launchChromium();
});
afterAll(() => browser.close());

it("every check of the suite passes in Chromium", async () => {
  const files = await runtimeFiles(await bundledClient(), "");
  const { "client.js": client = "", "suite.js": suite = "" } = files;
  const api = await startSuiteApi({ "/": "<p>Shop</p>", "/client.js": client, "/suite.js": suite });
  const { page } = await openPage(browser);
  await page.goto(api.url);
  const results = await page.evaluate(`Promise.all([import("/client.js"), import("/suite.js")])
    .then(([client, { runSuite }]) => runSuite(client, location.origin))`);
  await api.close();
  expect(results).toEqual(Array.from({ length: 10 }, () => ({ check: expect.stringMatching(/./) })));
});
