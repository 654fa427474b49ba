/** The application of docs/tutorial-nextjs.md, run by plain Node in a process of its own, on the clock of the test. */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { newSigningSecret, signatureHeaders } from "../../lib/endpoints/webhook-signature.ts";
import type { Notification } from "../../lib/notifications/notification.ts";
import { bundledClient } from "../../scripts/client/build.ts";
import { blocksIn } from "./documented-blocks.ts";
import { loopbackServer } from "./loopback-server.ts";

const PAGE = "docs/tutorial-nextjs.md";
/** Loaded before the application: its clock shows what the test sends. */
const CLOCK = `data:text/javascript,
  let now = Date.now();
  Date.now = () => now;
  process.on("message", (time) => { now = time; process.send("set"); });`;

export interface DocumentedShop {
  readonly url: string;
  /** Requests a page as a browser that has this cookie. Redirects are not followed. */
  visit(path: string, init?: RequestInit & { readonly cookie?: string }): Promise<Response>;
  /** Sends a notification, as an HTTPS endpoint gets it; `altered` after it was signed. */
  notify(notification: Notification, altered?: object): Promise<Response>;
  /** Sets the application's clock to the test's. */
  synchronize(): Promise<void>;
  /** What it has written to stderr. */
  complaints(): string;
  stop(): Promise<void>;
}

/** Every named block of the page: a file of the application. */
export const SHOP_FILES = blocksIn(PAGE).filter(({ label }) => label !== "");

/** Writes the files of the page into `folder`, with the client, and starts `server.ts`. `settings`: what the page lists. */
export async function startDocumentedShop(
  folder: string,
  settings: Readonly<Record<string, string>>,
): Promise<DocumentedShop> {
  const client = "node_modules/contractspec-stripe-client";
  const files = [
    ...SHOP_FILES,
    { label: "package.json", text: '{ "type": "module" }' },
    { label: `${client}/package.json`, text: '{ "type": "module", "exports": "./index.js" }' },
    { label: `${client}/index.js`, text: await bundledClient() },
  ];
  for (const { label, text } of files) {
    mkdirSync(dirname(join(folder, label)), { recursive: true });
    writeFileSync(join(folder, label), text);
  }
  const [url, secret] = [await freeAddress(), newSigningSecret()];
  const shop = fork("server.ts", {
    cwd: folder,
    execArgv: ["--import", CLOCK],
    env: { PATH: process.env.PATH, SHOP_URL: url, ENDPOINT_SECRET: secret, ...settings },
    stdio: ["ignore", "inherit", "pipe", "ipc"],
  });
  let complaints = "";
  shop.stderr?.on("data", (text) => {
    complaints += text;
  });
  await listens(url, shop, () => complaints);
  const synchronize = async () => {
    const set = once(shop, "message");
    shop.send(Date.now());
    await set;
  };
  await synchronize();
  return {
    url,
    visit: (path, { cookie = "", ...init } = {}) =>
      fetch(url + path, { redirect: "manual", ...init, headers: { cookie } }),
    notify: (notification, altered = notification) => {
      const signed = { id: notification.id, body: JSON.stringify(notification), at: new Date() };
      const headers = { ...signatureHeaders(signed, [secret]), "content-type": "application/json" };
      return fetch(`${url}/notifications`, { method: "POST", headers, body: JSON.stringify(altered) });
    },
    synchronize,
    complaints: () => complaints,
    stop: async () => {
      if (shop.exitCode !== null) return;
      const exited = once(shop, "exit");
      shop.kill();
      await exited;
    },
  };
}

/** On which nothing listens. */
async function freeAddress(): Promise<string> {
  const server = await loopbackServer(() => undefined);
  await server.close();
  return server.url;
}

/** Waits until the application takes requests. Throws with its complaints if it ends instead. */
async function listens(url: string, shop: ChildProcess, complaints: () => string): Promise<void> {
  for (;;) {
    if (shop.exitCode !== null) throw new Error(`The application does not start:\n${complaints()}`);
    const answer = await fetch(url).catch(() => undefined);
    if (answer !== undefined) return;
    await new Promise((resume) => setTimeout(resume, 30));
  }
}
