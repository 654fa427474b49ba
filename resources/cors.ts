/** Which web pages may call the API from a browser. Pure. */

/** The methods of the API's routes. */
const METHODS = ["GET", "POST"];
/** What a caller sends: lib/transport/http.ts. */
const REQUEST_HEADERS = ["authorization", "content-type", "idempotency-key"];
/** What a page may read, in addition to the headers that browsers always show. */
const RESPONSE_HEADERS = ["idempotency-replayed", "location", "retry-after"];
/** For how long a browser remembers the permission, in seconds. */
const MAX_AGE = 600;

/** `provider.httpApi.cors` of serverless.yml; false if there are no origins. Credentials such as cookies are not allowed. */
export function corsFor(setting: string | undefined) {
  const allowedOrigins = originsIn(setting ?? "");
  if (allowedOrigins.length === 0) return false;
  return {
    allowedOrigins,
    allowedMethods: METHODS,
    allowedHeaders: REQUEST_HEADERS,
    exposedResponseHeaders: RESPONSE_HEADERS,
    maxAge: MAX_AGE,
  };
}

/** Why the setting `name` cannot have this value, as a sentence; undefined if it can. */
export function originsMistake(name: "CORS_ORIGINS" | "RETURN_ORIGINS", setting: string): string | undefined {
  const wrong = originsIn(setting).find((text) => !isOrigin(text));
  if (wrong === undefined) return undefined;
  return `${name} must be origins separated by commas, each as a browser sends it: https://shop.your.domain, without a path or a slash at its end. No character stands for several origins.`;
}

/** The parts of the setting. */
export const originsIn = (setting: string) =>
  setting
    .split(",")
    .map((text) => text.trim())
    .filter((text) => text !== "");

/** Exactly as a browser writes it. http only for a page on the reader's own machine. */
function isOrigin(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { origin, protocol, hostname } = new URL(text);
  const isLocal = hostname === "localhost" || hostname === "127.0.0.1" || hostname === "[::1]";
  return (
    origin === text && !text.includes("*") && (protocol === "https:" || (protocol === "http:" && isLocal))
  );
}
