/**
 * The token of a payment link: payment intent and expiry, signed, so that a mail carries no client secret. Form:
 * `<payment intent>.<expiry, base 36>.<HMAC-SHA256, base64url>`. No I/O, no clock: `now` is passed in.
 */
import { createHmac, hkdfSync, timingSafeEqual } from "node:crypto";

export const PAY_LINK_TTL_SECONDS = 7 * 24 * 60 * 60;

export interface PayLink {
  /** `pi_...` */
  readonly paymentIntentId: string;
  /** Unix seconds, UTC. */
  readonly expiresAt: number;
}

export type OpenedPayToken =
  | ({ readonly ok: true } & PayLink)
  | { readonly ok: false; readonly reason: "forged" | "expired" };

export function createPayToken(link: PayLink, appSecret: string): string {
  const signed = `${link.paymentIntentId}.${link.expiresAt.toString(36)}`;
  return `${signed}.${signature(signed, appSecret).toString("base64url")}`;
}

/** What a token says, once its signature was found right. An expired one was ours; anything else counts as forged. */
export function openPayToken(token: string, appSecret: string, now: Date): OpenedPayToken {
  const [, signed, paymentIntentId, expiry, given] =
    /^((pi_\w+)\.([0-9a-z]{1,10}))\.([\w-]{43})$/.exec(token) ?? [];
  if (signed === undefined || paymentIntentId === undefined || expiry === undefined || given === undefined) {
    return { ok: false, reason: "forged" };
  }
  const expected = Buffer.from(signature(signed, appSecret).toString("base64url"));
  if (!timingSafeEqual(expected, Buffer.from(given))) return { ok: false, reason: "forged" };
  const expiresAt = Number.parseInt(expiry, 36);
  if (expiresAt * 1000 <= now.getTime()) return { ok: false, reason: "expired" };
  return { ok: true, paymentIntentId, expiresAt };
}

/** The payment intent that a client secret belongs to: `pi_1_secret_2` -> `pi_1`. */
export function paymentIntentIdOf(clientSecret: string): string | undefined {
  return /^(pi_\w+?)_secret_\w+$/.exec(clientSecret)?.[1];
}

function signature(text: string, appSecret: string): Buffer {
  const key = Buffer.from(hkdfSync("sha256", appSecret, "", "contractspec-stripe/pay-link/v1", 32));
  return createHmac("sha256", key).update(text).digest();
}
