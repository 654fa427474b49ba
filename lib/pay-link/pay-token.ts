/**
 * The token of a payment link: payment intent and expiry, signed, so that a mail contains no client secret. Form:
 * `<payment intent>.<expiry, base 36>.<HMAC-SHA256, base64url>`. No I/O, no clock: `now` is passed in.
 */
import { createHmac, timingSafeEqual } from "node:crypto";
import { appKey } from "../sealing/app-keys.ts";

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

/** Signed with the first of `appSecrets`. */
export function createPayToken(link: PayLink, appSecrets: readonly string[]): string {
  const [appSecret] = appSecrets;
  if (appSecret === undefined) throw new Error("A payment link needs a secret to be signed with");
  return signed(`${link.paymentIntentId}.${link.expiresAt.toString(36)}`, appSecret);
}

/**
 * The content of a token whose signature is valid for one of `appSecrets`. An expired token was ours; anything else counts
 * as forged.
 */
export function openPayToken(token: string, appSecrets: readonly string[], now: Date): OpenedPayToken {
  if (!/^pi_\w+\.[0-9a-z]{1,10}\.[\w-]{43}$/.test(token)) return { ok: false, reason: "forged" };
  const link = token.slice(0, token.lastIndexOf("."));
  const isOurs = appSecrets.some((appSecret) =>
    timingSafeEqual(Buffer.from(signed(link, appSecret)), Buffer.from(token)),
  );
  if (!isOurs) return { ok: false, reason: "forged" };
  const dot = link.indexOf(".");
  const paymentIntentId = link.slice(0, dot);
  const expiresAt = Number.parseInt(link.slice(dot + 1), 36);
  if (expiresAt * 1000 <= now.getTime()) return { ok: false, reason: "expired" };
  return { ok: true, paymentIntentId, expiresAt };
}

/** The payment intent that a client secret belongs to: `pi_1_secret_2` -> `pi_1`. */
export function paymentIntentIdOf(clientSecret: string): string | undefined {
  return /^(pi_\w+?)_secret_\w+$/.exec(clientSecret)?.[1];
}

/** `text` followed by its signature. */
function signed(text: string, appSecret: string): string {
  const signature = createHmac("sha256", appKey(appSecret, "pay-link/v1")).update(text).digest("base64url");
  return `${text}.${signature}`;
}
