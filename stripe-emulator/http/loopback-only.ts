import type { IncomingHttpHeaders } from "node:http";

/**
 * Why a request is refused; undefined if it may pass. The emulator listens on loopback only, but a web page that a
 * developer visits can send requests through the developer's browser, if need be under a name of the page's own that
 * resolves to 127.0.0.1. Frames and scripts that the emulator serves call it from its own origin.
 */
export function foreignRequest(headers: IncomingHttpHeaders, port: number): string | undefined {
  const hosts = ["127.0.0.1", "localhost", "[::1]"].map((name) => (port === 80 ? name : `${name}:${port}`));
  const host = headers.host?.toLowerCase();
  if (host === undefined || !hosts.includes(host)) {
    return `The emulator accepts requests for the host ${hosts.join(", ")} only.`;
  }
  if (headers.origin === undefined || headers.origin === `http://${host}`) return undefined;
  return "A page of another origin must not call the emulator. Load its Stripe.js, or call it from your server.";
}

/** Whether a body is declared as JSON. A page cannot send such a request to another origin without asking for it first. */
export function isJson(contentType: string | undefined): boolean {
  return contentType?.split(";")[0]?.trim().toLowerCase() === "application/json";
}
