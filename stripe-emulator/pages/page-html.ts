/** What all of the emulator's own pages have in common. */

export interface Page {
  status: number;
  headers: Record<string, string>;
  body: string;
}

/** A page of the emulator loads nothing but its own scripts and styles, and may be framed by any application. */
export const PAGE_HEADERS = {
  "cache-control": "no-store",
  "content-security-policy":
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'",
};

export function html(status: number, body: string): Page {
  return { status, headers: { "content-type": "text/html; charset=utf-8", ...PAGE_HEADERS }, body };
}

/** The frame of the emulator's own pages. `content` is HTML: its variable parts must be escaped. */
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

/** An amount in the currency's smallest unit as people write it: 2000 usd -> $20.00. */
export function formatAmount(amount: number, currency: string): string {
  const format = new Intl.NumberFormat("en-US", { style: "currency", currency });
  return format.format(amount / 10 ** (format.resolvedOptions().maximumFractionDigits ?? 2));
}
