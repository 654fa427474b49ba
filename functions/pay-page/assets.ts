/** The page's own script and style sheet: at addresses of their own, so that the page needs no inline code. */
import { createHash } from "node:crypto";
import { payScript, payStyle } from "../../generated/pay-page-assets.ts";
import { Problem } from "../../lib/errors.ts";
import type { HttpResponse } from "../../lib/transport/http.ts";
import { assetHeaders } from "./security-headers.ts";

const ASSETS: ReadonlyMap<string, { readonly contentType: string; readonly text: string }> = new Map([
  ["pay.js", { contentType: "text/javascript; charset=utf-8", text: payScript }],
  ["pay.css", { contentType: "text/css; charset=utf-8", text: payStyle }],
]);

/** The address of an asset as seen from the page, with the digest of its text: a new text is a new address. */
export function assetUrl(name: "pay.js" | "pay.css"): string {
  const text = ASSETS.get(name)?.text ?? "";
  return `assets/${name}?v=${createHash("sha256").update(text).digest("base64url").slice(0, 12)}`;
}

export function assetResponse(name: string): HttpResponse {
  const asset = ASSETS.get(name);
  if (asset === undefined) {
    throw new Problem(
      "NOT_FOUND",
      `The pay page has no such asset; there are ${[...ASSETS.keys()].join(", ")}`,
    );
  }
  return { status: 200, headers: assetHeaders(asset.contentType), body: asset.text };
}
