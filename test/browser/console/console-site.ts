/** The local stack, its console in a process of its own, and a browser: for the tests of the console's views. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Browser } from "playwright-core";
import { freePorts } from "../../../local/ports.ts";
import { LOCAL_API_KEY } from "../../../local/settings.ts";
import { type RunningStack, startStack } from "../../../local/stack-process.ts";
import { launchChromium } from "../chromium.ts";

export interface ConsoleSite {
  /** Of the start page, without a trailing slash. */
  readonly url: string;
  readonly stack: RunningStack;
  readonly browser: Browser;
  /** What operators' commands need to talk to this stack. */
  readonly environment: Readonly<Record<string, string>>;
  /** Calls the API as the administrator: the status and the JSON of the response. */
  readonly call: (path: string, body: object, key?: string) => Promise<{ status: number; body: unknown }>;
  /** An action of the Stripe emulator, such as `clock`. */
  readonly emulator: (action: string, body: object) => Promise<unknown>;
  readonly close: () => Promise<void>;
}

let calls = 0;

/** Starts all of it on free ports; nothing of it is kept. */
export async function startConsoleSite(): Promise<ConsoleSite> {
  const environment = { ...(await freePorts()), LOCAL_STATE_FOLDER: "none" };
  const stack = await startStack({ env: environment });
  const served = await startConsoleProcess(environment);
  const browser = await launchChromium();
  return {
    url: served.url,
    stack,
    browser,
    environment,
    call: async (path, body, key = `console-test-${++calls}`) => {
      const response = await fetch(`${stack.urls.api}/api/${path}`, {
        method: "POST",
        headers: {
          authorization: `Bearer ${LOCAL_API_KEY}`,
          "idempotency-key": key,
          "content-type": "application/json",
        },
        body: JSON.stringify(body),
      });
      return { status: response.status, body: await response.json() };
    },
    emulator: async (action, body) => {
      const response = await fetch(`${stack.urls.stripeEmulator}/_emulator/${action}`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(body),
      });
      return response.json();
    },
    close: async () => {
      await browser.close();
      await served.stop();
      await stack.stop();
    },
  };
}

interface ConsoleProcess {
  readonly url: string;
  readonly stop: () => Promise<void>;
}

/** As `npm run console` starts it. Rejects with what it prints if it does not start. */
export async function startConsoleProcess(
  environment: Readonly<Record<string, string>>,
  { words = [], directory = process.cwd() }: { words?: readonly string[]; directory?: string } = {},
): Promise<ConsoleProcess> {
  const child = spawn(process.execPath, ["scripts/console.ts", ...words], {
    cwd: directory,
    env: { ...process.env, NODE_OPTIONS: "", ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let mistakes = "";
  child.stderr.on("data", (text) => {
    mistakes += text;
  });
  for await (const line of createInterface({ input: child.stdout })) {
    const [url] = /http:\S+$/.exec(line) ?? [];
    if (url !== undefined) return { url, stop: () => stop(child) };
  }
  throw new Error(`The console did not start: ${mistakes}`);
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  child.kill("SIGTERM");
  await once(child, "exit");
}
