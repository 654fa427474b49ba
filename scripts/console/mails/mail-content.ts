/** What the page needs of a mail's HTML. Pure. */
import { Content } from "../server/route.ts";

/** The mail cannot run scripts, and loads nothing: pictures of a shop's server are left out. Its links open tabs of their own. */
const POLICY = [
  "default-src 'none'",
  "style-src 'unsafe-inline'",
  "img-src data:",
  "form-action 'none'",
  "base-uri 'none'",
  "frame-ancestors 'self'",
  "sandbox allow-popups allow-popups-to-escape-sandbox",
].join("; ");

/** The response with the mail's HTML, for a frame. */
export const mailContent = (html: string) =>
  new Content(html, { "content-type": "text/html; charset=utf-8", "content-security-policy": POLICY });

/** The addresses of its links, in order, each once. */
export function linksIn(html: string): string[] {
  const found = [...html.matchAll(/<a\s[^>]*?href="([^"]*)"/gi)].map(([, address = ""]) => decoded(address));
  return [...new Set(found)].filter((address) => /^(?:https?|mailto):/.test(address));
}

/** What mail programs show beside the subject: the text before the mail itself. */
export function preheaderIn(html: string): string {
  const [, text = ""] = /<div class="preheader"[^>]*>([\s\S]*?)<\/div>/.exec(html) ?? [];
  return decoded(text.replaceAll(/<[^>]*>/g, "")).trim();
}

/** The ids of Stripe's objects, events and runs that a text names, each once. */
export function idsIn(text: string): string[] {
  return [
    ...new Set(
      text.match(/(?<![A-Za-z0-9_])(?:(?:pi|cus|sub|in|evt)_[A-Za-z0-9]{8,}|run-[0-9a-f-]{8,})/g) ?? [],
    ),
  ];
}

const ENTITIES: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', nbsp: " " };

/** Mustache writes many characters as entities, a slash too. */
function decoded(text: string): string {
  return text.replaceAll(/&(?:#x([0-9a-f]{1,6})|#(\d{1,7})|(\w{2,6}));/gi, (all, hex, decimal, name) => {
    if (name !== undefined) return ENTITIES[name] ?? all;
    const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
    return code <= 0x10ffff ? String.fromCodePoint(code) : all;
  });
}
