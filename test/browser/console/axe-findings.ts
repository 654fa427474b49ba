/** What axe-core, a checker of accessibility, finds on a page. */
import { readFileSync } from "node:fs";
import type { Page } from "playwright-core";

const SOURCE = readFileSync("node_modules/axe-core/axe.min.js", "utf8");

/** One line for each finding: the rule and where. The page's policy does not apply to what a test evaluates. */
export async function axeFindings(page: Page): Promise<string[]> {
  await page.evaluate(SOURCE);
  return page.evaluate<string[]>(
    "axe.run().then(({ violations }) => violations.flatMap(({ id, nodes }) => nodes.map(({ target }) => id + ' ' + target)))",
  );
}
