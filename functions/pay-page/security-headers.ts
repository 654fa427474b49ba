/** The headers that let the pay page talk to Stripe and to nobody else. Pure. */

/** Stripe's own origins: https://docs.stripe.com/security/guide#content-security-policy */
const STRIPE = {
  script: "https://js.stripe.com",
  frame: "https://js.stripe.com https://hooks.stripe.com",
  connect: "https://api.stripe.com",
};

/** `stripeOrigin` is the emulator's, when it stands in for Stripe. */
export function securityHeaders(stripeOrigin: string | undefined): Record<string, string> {
  const stripe =
    stripeOrigin === undefined
      ? STRIPE
      : { script: stripeOrigin, frame: stripeOrigin, connect: stripeOrigin };
  return {
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
    "referrer-policy": "no-referrer",
    "strict-transport-security": "max-age=63072000; includeSubDomains",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
  };
}
