/** Serves the files of the folder stripe-js: the script that applications load, and its frames and dialog. */
import { readFileSync } from "node:fs";
import { extname, join } from "node:path";
import { PAGE_HEADERS } from "./page-html.ts";

const ELEMENTS = "/_emulator/elements/";
/** The paths at which Stripe serves Stripe.js. https://docs.stripe.com/sdks/stripejs-versioning */
const SCRIPT_PATHS = [
  "/v3",
  "/v3/",
  "/stripe.js",
  "/basil/stripe.js",
  "/clover/stripe.js",
  "/dahlia/stripe.js",
];
const FRAMES = ["payment-frame", "controller-frame"];
const FRAME_FILES = [
  "payment-frame.js",
  "payment-frame.css",
  "controller-frame.js",
  "card-fields.js",
  "frame-api.js",
  "frame-channel.js",
  "translations.js",
  "authentication-page.css",
  "authentication-finished.js",
];
const CONTENT_TYPES: Record<string, string> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
};

export interface StripeJsAsset {
  contentType: string;
  body: string;
  headers?: Record<string, string>;
}

const FILES = new Map<string, string>([
  ...SCRIPT_PATHS.map((path): [string, string] => [path, "stripe.js"]),
  ...FRAMES.map((name): [string, string] => [`${ELEMENTS}${name}`, `${name}.html`]),
  ...FRAME_FILES.map((file): [string, string] => [`${ELEMENTS}${file}`, file]),
]);
const loaded = new Map<string, StripeJsAsset>();

/** The file at this path (without a query), or undefined when there is none. Each is read from disk once. */
export function stripeJsAsset(path: string): StripeJsAsset | undefined {
  const file = FILES.get(path);
  if (file === undefined) return undefined;
  const known = loaded.get(file);
  if (known !== undefined) return known;
  const asset = {
    contentType: CONTENT_TYPES[extname(file)] ?? "text/plain; charset=utf-8",
    body: readFileSync(join(import.meta.dirname, "../stripe-js", file), "utf8"),
    // Module scripts in a frame, and pages that check the integrity of the script, load it across origins.
    headers: { ...PAGE_HEADERS, "access-control-allow-origin": "*" },
  };
  loaded.set(file, asset);
  return asset;
}
