/** What axe-core finds in a page: https://github.com/dequelabs/axe-core */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Page } from "playwright-core";

const SOURCE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** Each finding as a line: the rule and the element. None if the page is accessible, as far as a program can tell. */
export async function accessibilityFaults(page: Page): Promise<string[]> {
  // The page's policy forbids scripts of others, but not what the browser's debugger evaluates.
  await page.evaluate(SOURCE);
  return page.evaluate<string[]>(
    `axe.run().then(({ violations }) =>
      violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => id + ": " + html.slice(0, 200))))`,
  );
}
