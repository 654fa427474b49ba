/** The page's own script and style sheet, at separate addresses, so that the page needs no inline code. */
import { createHash } from "node:crypto";
import { payScript, payStyle } from "../../generated/pay-page-assets.ts";
import { Problem } from "../../lib/errors.ts";
import type { HttpResponse } from "../../lib/transport/http.ts";
import { assetHeaders } from "./security-headers.ts";

const ASSETS: ReadonlyMap<string, { readonly contentType: string; readonly text: string }> = new Map([
  ["pay.js", { contentType: "text/javascript; charset=utf-8", text: payScript }],
  ["pay.css", { contentType: "text/css; charset=utf-8", text: payStyle }],
]);

/** The address of an asset, relative to the page. It contains the digest of the text, so new text has a new address. */
export function assetUrl(name: "pay.js" | "pay.css"): string {
  const text = ASSETS.get(name)?.text ?? "";
  return `assets/${name}?v=${createHash("sha256").update(text).digest("base64url").slice(0, 12)}`;
}

export function assetResponse(name: string): HttpResponse {
  const asset = ASSETS.get(name);
  if (asset === undefined) {
    throw new Problem(
      "NOT_FOUND",
      `The pay page does not have this asset; it has ${[...ASSETS.keys()].join(", ")}`,
    );
  }
  return { status: 200, headers: assetHeaders(asset.contentType), body: asset.text };
}
