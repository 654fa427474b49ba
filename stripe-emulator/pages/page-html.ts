/** The parts that all pages of the emulator share. */
import { decimalsOf } from "../protocol/currencies.ts";

export interface Page {
  status: number;
  headers: Record<string, string>;
  body: string;
}

/** A page loads only the emulator's own scripts and styles. Any application may show it in a frame. */
export const PAGE_HEADERS = {
  "cache-control": "no-store",
  "content-security-policy":
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'",
};

export function html(status: number, body: string): Page {
  return { status, headers: { "content-type": "text/html; charset=utf-8", ...PAGE_HEADERS }, body };
}

/** A whole page around `content`, which is HTML: escape its variable parts with {@link escapeHtml}. */
export function pageHtml(title: string, content: string): string {
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>${escapeHtml(title)}</title>
    <link rel="stylesheet" href="/_emulator/elements/authentication-page.css">
  </head>
  <body>
    <main>
      ${content}
    </main>
  </body>
</html>
`;
}

export function escapeHtml(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}

/** An amount in the smallest unit of its currency as people write it: 2000 usd is $20.00. */
export function formatAmount(amount: number, currency: string): string {
  const decimals = decimalsOf(currency);
  const digits = { minimumFractionDigits: decimals, maximumFractionDigits: decimals };
  const format = new Intl.NumberFormat("en-US", { style: "currency", currency, ...digits });
  return format.format(amount / 10 ** decimals);
}
