/**
 * The token of a payment link: payment intent and expiry, signed, so that a mail carries no client secret. Form:
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
  const signed = `${link.paymentIntentId}.${link.expiresAt.toString(36)}`;
  return `${signed}.${signature(signed, appSecret).toString("base64url")}`;
}

/**
 * What a token says, once its signature was found right by one of `appSecrets`. An expired one was ours; anything else
 * counts as forged.
 */
export function openPayToken(token: string, appSecrets: readonly string[], now: Date): OpenedPayToken {
  const [, signed, paymentIntentId, expiry, given] =
    /^((pi_\w+)\.([0-9a-z]{1,10}))\.([\w-]{43})$/.exec(token) ?? [];
  if (signed === undefined || paymentIntentId === undefined || expiry === undefined || given === undefined) {
    return { ok: false, reason: "forged" };
  }
  const isOurs = appSecrets.some((appSecret) =>
    timingSafeEqual(Buffer.from(signature(signed, appSecret).toString("base64url")), Buffer.from(given)),
  );
  if (!isOurs) return { ok: false, reason: "forged" };
  const expiresAt = Number.parseInt(expiry, 36);
  if (expiresAt * 1000 <= now.getTime()) return { ok: false, reason: "expired" };
  return { ok: true, paymentIntentId, expiresAt };
}

/** The payment intent that a client secret belongs to: `pi_1_secret_2` -> `pi_1`. */
export function paymentIntentIdOf(clientSecret: string): string | undefined {
  return /^(pi_\w+?)_secret_\w+$/.exec(clientSecret)?.[1];
}

function signature(text: string, appSecret: string): Buffer {
  return createHmac("sha256", appKey(appSecret, "pay-link/v1")).update(text).digest();
}
