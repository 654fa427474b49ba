/** Chromium, and pages that record what went wrong on them. */
import { existsSync } from "node:fs";
import { type Browser, chromium, type Page } from "playwright-core";

/** Starts the Chromium at CHROMIUM_PATH, by default /usr/bin/chromium. Rejects when it is not installed. */
export async function launchChromium(): Promise<Browser> {
  const executablePath = process.env.CHROMIUM_PATH ?? "/usr/bin/chromium";
  if (!existsSync(executablePath)) {
    throw new Error(`There is no Chromium at ${executablePath}. Install it, or set CHROMIUM_PATH.`);
  }
  return chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu", "--disable-quic"] });
}

export interface WatchedPage {
  readonly page: Page;
  /** Violations of the Content-Security-Policy and uncaught errors so far. */
  readonly faults: string[];
}

/** A page in a browser context of its own. */
export async function openPage(browser: Browser): Promise<WatchedPage> {
  const page = await (await browser.newContext({ viewport: { width: 1280, height: 900 } })).newPage();
  const faults: string[] = [];
  page.on("pageerror", ({ message }) => faults.push(message));
  page.on("console", (message) => {
    if (/Content.Security.Policy/i.test(message.text())) faults.push(message.text());
  });
  return { page, faults };
}
