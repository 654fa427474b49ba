/** `npm run bench -- console`: the console's server with 100,000 entries in the log. */
import type { Journal } from "../console/journal/journal.ts";
import type { Benchmark, Figure } from "./frame/benchmark.ts";

const ENTRIES = 100_000;
const REQUESTS = 60;
const PAGES = 20;
const BAR = { atMost: 200 };

export const benchmark: Benchmark = {
  purpose: `The time line's server with ${ENTRIES.toLocaleString("en")} entries in the log, over HTTP and in a browser`,
  takes: "2 min",
  notes: [
    `Each question is asked ${REQUESTS} times, one after the other. The figure is the time within which 95 of 100 have their response.`,
    "In the browser, it is from a click until the page shows what was asked for, a second after the click before.",
    "The longest pause is how long the server did not respond to anybody while it read the log for the first time.",
  ],
  run,
};

async function run(): Promise<readonly Figure[]> {
  const [{ mkdtempSync, rmSync }, { tmpdir }, { join }, { monitorEventLoopDelay }] = await Promise.all([
    import("node:fs"),
    import("node:os"),
    import("node:path"),
    import("node:perf_hooks"),
  ]);
  const { RARE, SAMPLE_PREFIX, writeSampleLog } = await import("./console/sample-log.ts");
  const { timesInBrowser } = await import("./console/in-browser.ts");
  const { Journal } = await import("../console/journal/journal.ts");
  const { followLogFile } = await import("../console/journal/follow-log-file.ts");
  const { serveConsole } = await import("../console/server/serve.ts");
  const { buildPage } = await import("../console/server/page.ts");
  const { timelineRoutes } = await import("../console/timeline/routes.ts");
  const folder = mkdtempSync(join(tmpdir(), "bench-console-"));
  const file = join(folder, "3000.jsonl");
  writeSampleLog(file, ENTRIES);
  const journal = new Journal();
  const context = { target: {}, local: undefined, journal, now: async () => new Date() };
  const server = await serveConsole({ port: 0, page: await buildPage(), routes: timelineRoutes, context });
  const delay = monitorEventLoopDelay({ resolution: 5 });
  delay.enable();
  const begunAt = performance.now();
  const following = followLogFile(file, { prefix: SAMPLE_PREFIX, hasStripeRequests: false }, journal);
  try {
    await following.caughtUp();
    const readMs = performance.now() - begunAt;
    delay.disable();
    const deep = journal.page({ limit: ENTRIES / 2 }).next;
    const questions = {
      "first page": "timeline",
      "page of one kind and two outcomes": "timeline?kind=event&outcome=failed&outcome=refused",
      "page of one principal": "timeline?principal=shop-3",
      "page of what nobody did": `timeline?principal=${RARE.principal}`,
      "page of what never happened": "timeline?kind=mail",
      "page of one payment": `timeline?id=${RARE.paymentId}`,
      "older page, in the middle": `timeline?before=${deep?.at},${encodeURIComponent(deep?.id ?? "")}`,
      "counts and chart": "timeline/summary",
      "counts and chart, filtered": "timeline/summary?kind=call&outcome=failed",
    };
    const figures: Figure[] = [];
    for (const [what, path] of Object.entries(questions))
      figures.push(figureOf(what, await timesOf(`${server.url}/api/${path}`)));
    for (const [what, times] of await timesInBrowser(server.url))
      figures.push(figureOf(`in a browser: ${what}`, times));
    return [
      ...figures,
      {
        what: `news to ${PAGES} open pages, of which 200 ms are collected`,
        value: await newsMs(server.url, journal),
        unit: "ms",
      },
      { what: "first reading of the log", value: readMs / 1_000, unit: "s" },
      { what: "longest pause meanwhile", value: delay.max / 1e6, unit: "ms", bar: { atMost: 1_000 } },
      { what: "entries", value: journal.size, unit: "" },
      { what: "memory of the process", value: process.memoryUsage().rss / 1024 / 1024, unit: "MiB" },
    ];
  } finally {
    following.stop();
    await server.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function timesOf(url: string): Promise<readonly number[]> {
  const times: number[] = [];
  for (let asked = 0; asked < REQUESTS; asked++) {
    const startedAt = performance.now();
    const response = await fetch(url);
    await response.text();
    if (!response.ok) throw new Error(`${url} responded with ${response.status}`);
    times.push(performance.now() - startedAt);
  }
  return times;
}

function figureOf(what: string, times: readonly number[]): Figure {
  const sorted = times.toSorted((one, other) => one - other);
  const at = (part: number) => sorted[Math.ceil(part * sorted.length) - 1] ?? Number.NaN;
  return {
    what,
    value: at(0.95),
    unit: "ms",
    bar: BAR,
    details: { "half within": `${at(0.5).toFixed(1)} ms` },
  };
}

/** From an entry's arrival until the last of the pages has it. */
async function newsMs(url: string, journal: Journal): Promise<number> {
  const ended = new AbortController();
  const open = async () => {
    const { body } = await fetch(`${url}/api/stream`, { signal: ended.signal });
    if (body === null) throw new Error("The stream has no body");
    const reader = body.pipeThrough(new TextDecoderStream()).getReader();
    return async () => {
      for (let text = ""; !text.includes("bench:news"); ) text += (await reader.read()).value ?? "";
    };
  };
  const arrivals = await Promise.all(Array.from({ length: PAGES }, open));
  const startedAt = performance.now();
  const title = "news";
  journal.add([{ id: "bench:news", at: Date.now(), kind: "call", outcome: "succeeded", title, ids: [] }]);
  await Promise.all(arrivals.map((arrival) => arrival()));
  const ms = performance.now() - startedAt;
  ended.abort();
  return ms;
}
