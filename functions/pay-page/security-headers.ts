/** The headers that let the pay page talk to Stripe and to nobody else. Pure. */

/** Stripe's own origins: https://docs.stripe.com/security/guide#content-security-policy */
const STRIPE = {
  script: "https://js.stripe.com https://*.js.stripe.com",
  frame: "https://js.stripe.com https://*.js.stripe.com https://hooks.stripe.com",
  connect: "https://api.stripe.com",
};

const ALWAYS = {
  "referrer-policy": "no-referrer",
  "strict-transport-security": "max-age=63072000; includeSubDomains",
  "x-content-type-options": "nosniff",
};

/** Headers of a page. `stripeOrigin` is the emulator's, if it replaces Stripe. */
export function pageHeaders(stripeOrigin: string | undefined): Record<string, string> {
  const stripe =
    stripeOrigin === undefined
      ? STRIPE
      : { script: stripeOrigin, frame: stripeOrigin, connect: stripeOrigin };
  return {
    ...ALWAYS,
    "content-type": "text/html; charset=utf-8",
    "content-security-policy": [
      "default-src 'none'",
      `script-src 'self' ${stripe.script}`,
      "style-src 'self'",
      `frame-src ${stripe.frame}`,
      `connect-src ${stripe.connect}`,
      "img-src 'self' data:",
      "form-action 'self'",
      "base-uri 'none'",
      "frame-ancestors 'none'",
    ].join("; "),
    "cache-control": "no-store",
    "x-frame-options": "DENY",
  };
}

/** Headers of the page's script and style: they contain no payer's data, and their addresses change with their text. */
export function assetHeaders(contentType: string): Record<string, string> {
  return {
    ...ALWAYS,
    "content-type": contentType,
    "cache-control": "public, max-age=31536000, immutable",
  };
}
