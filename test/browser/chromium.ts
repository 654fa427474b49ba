/** The browser of the tests, and pages that record everything that their Content-Security-Policy refused. */
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";

const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

export function launchChromium(): Promise<Browser> {
  const executablePath = process.env.CHROMIUM_PATH ?? "/usr/bin/chromium";
  if (!existsSync(executablePath)) {
    throw new Error(
      `No Chromium at ${executablePath}: install it (apt-get install chromium) or set CHROMIUM_PATH.`,
    );
  }
  return chromium.launch({ executablePath, headless: true, args: FLAGS });
}

export interface WatchedPage {
  readonly page: Page;
  /** The faults on the page so far: policy violations and uncaught errors. */
  readonly faults: string[];
}

/** A page in its own browser profile, by default as wide as a desktop. */
export async function openPage(browser: Browser, options: BrowserContextOptions = {}): Promise<WatchedPage> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  const page = await context.newPage();
  const faults: string[] = [];
  page.on("pageerror", (error) => faults.push(error.message));
  page.on("console", (message) => {
    if (/Content.Security.Policy/i.test(message.text())) faults.push(message.text());
  });
  return { page, faults };
}

/** Whether a person would have to scroll sideways. */
export function scrollsSideways(page: Page): Promise<boolean> {
  return page.evaluate<boolean>("document.documentElement.scrollWidth > window.innerWidth");
}

const PICTURES = "docs/pictures";
const LARGEST_PICTURE = 100 * 1024;

/**
 * A picture of the page for the docs, by default of the whole page. With WRITE_PICTURES set, it is written to docs/pictures/. Throws if
 * it is too large for that.
 */
export async function takePicture(page: Page, name: string, { isWhole = true } = {}): Promise<void> {
  const png = await page.screenshot({ fullPage: isWhole, animations: "disabled", caret: "hide" });
  if (png.length >= LARGEST_PICTURE) throw new Error(`The picture ${name} has ${png.length} bytes.`);
  if (process.env.WRITE_PICTURES === undefined) return;
  mkdirSync(PICTURES, { recursive: true });
  writeFileSync(`${PICTURES}/${name}.png`, png);
}
