/** What browsers load from the emulator: the Stripe.js stand-in, its frames, and the 3D Secure page. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Emulator } from "../emulator.ts";
import { authenticationPage, finishedAuthentication } from "./authentication-page.ts";
import { html, type Page } from "./page-html.ts";
import { receiptPage } from "./receipt-page.ts";

const ELEMENTS = "/_emulator/elements/";
/** Where applications load Stripe.js from, with the host exchanged. https://docs.stripe.com/sdks/stripejs-versioning */
const SCRIPT_PATHS = new Set([
  "/v3",
  "/v3/",
  "/stripe.js",
  "/basil/stripe.js",
  "/clover/stripe.js",
  "/dahlia/stripe.js",
]);
const ASSETS: Record<string, string> = {
  "payment-frame": "payment-frame.html",
  "payment-frame.js": "payment-frame.js",
  "payment-frame.css": "payment-frame.css",
  "controller-frame": "controller-frame.html",
  "controller-frame.js": "controller-frame.js",
  "card-fields.js": "card-fields.js",
  "frame-api.js": "frame-api.js",
  "frame-channel.js": "frame-channel.js",
  "authentication-page.css": "authentication-page.css",
  "authentication-finished.js": "authentication-finished.js",
};
const CONTENT_TYPES: Record<string, string> = {
  html: "text/html; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  css: "text/css; charset=utf-8",
};

/** The page or script at this address, or undefined when there is none. */
export function servePage(emulator: Emulator, method: string, url: URL, body: string): Page | undefined {
  const path = url.pathname;
  if (method === "GET" && SCRIPT_PATHS.has(path)) return asset("stripe.js");
  if (method === "GET" && path.startsWith(ELEMENTS)) {
    const file = ASSETS[path.slice(ELEMENTS.length)];
    return file === undefined ? undefined : asset(file);
  }
  const [, , kind, id = "", ...rest] = path.split("/");
  if (!path.startsWith("/_emulator/") || rest.length > 0) return undefined;
  if (kind === "receipts" && method === "GET") return receiptPage(emulator, id);
  if (kind !== "3ds") return undefined;
  const embedded = url.searchParams.has("embedded");
  if (method === "GET") return authenticationPage(emulator, id, embedded);
  return method === "POST" ? finishedAuthentication(emulator, id, body, embedded) : undefined;
}

function asset(file: string): Page {
  const body = readFileSync(join(import.meta.dirname, file), "utf8");
  const type = CONTENT_TYPES[file.split(".").at(-1) ?? ""] ?? "text/plain";
  const page = html(200, body);
  return { ...page, headers: { ...page.headers, "content-type": type, "access-control-allow-origin": "*" } };
}
