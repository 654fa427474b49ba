/** How long a person waits for the time line in a browser: from a click until the page shows what was asked for. */
import { existsSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";

/** What is clicked, and the condition that holds once it is shown; expressions that the page evaluates. */
const INTERACTIONS: Readonly<Record<string, readonly (readonly [click: string, shown: string])[]>> = {
  "filter by kind, and back": [
    [button("event"), "kinds().every((kind) => kind.includes('event'))"],
    [button("event"), "kinds().some((kind) => kind.includes('call'))"],
  ],
  "filter by outcome, and back": [
    [button("failed"), "document.querySelector('.entry:not(.failed)') === null"],
    [button("failed"), "document.querySelector('.entry:not(.failed)') !== null"],
  ],
  "open an entry, and close it": [
    ["document.querySelector('.entry .title')", "document.querySelector('.everything') !== null"],
    ["document.querySelector('.entry .title')", "document.querySelector('.everything') === null"],
  ],
  "show older entries": [["document.querySelector('.older')", "count() > before"]],
};
const TIMES = 10;
/** Between two clicks: somebody looks at what the first one has shown. */
const PAUSE_MS = 1_000;

function button(name: string): string {
  return `[...document.querySelectorAll('.choice')].find((each) => each.textContent.startsWith(${JSON.stringify(name)}))`;
}

/** The milliseconds of each interaction; none without a browser, at CHROMIUM_PATH or /usr/bin/chromium. */
export async function timesInBrowser(url: string): Promise<ReadonlyMap<string, readonly number[]>> {
  const executablePath = process.env.CHROMIUM_PATH ?? "/usr/bin/chromium";
  const times = new Map<string, number[]>();
  if (!existsSync(executablePath)) return times;
  const { chromium } = await import("playwright-core");
  const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu"] });
  try {
    const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
    await page.goto(url);
    await page.locator(".entry").first().waitFor();
    await page.locator(".chart").waitFor();
    for (const [what, steps] of Object.entries(INTERACTIONS)) {
      const measured: number[] = [];
      for (let time = 0; time < TIMES; time++)
        for (const [click, shown] of steps) {
          await pause(PAUSE_MS);
          measured.push(await page.evaluate<number>(interaction(click, shown)));
        }
      times.set(what, measured);
    }
  } finally {
    await browser.close();
  }
  return times;
}

/** It looks before each picture that the browser draws. */
const interaction = (click: string, shown: string) => `new Promise((resolve) => {
  const kinds = () => [...document.querySelectorAll('.entry .kind')].map(({ textContent }) => textContent);
  const count = () => document.querySelectorAll('.entry').length;
  const before = count();
  const startedAt = performance.now();
  (${click}).click();
  const look = () => {
    if (${shown}) resolve(performance.now() - startedAt);
    else requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
})`;
