/**
 * The token of a payment link: what is to be paid, an expiry and where the payer goes afterwards, signed, so that a mail contains
 * no client secret. Form: `<object>.<expiry, base 36>[.~<return address, base64url>].<HMAC-SHA256, base64url>`. No I/O, no
 * clock: `now` is passed in.
 */
import { createHmac, timingSafeEqual } from "node:crypto";
import { present } from "../present.ts";
import { appKey } from "../sealing/app-keys.ts";

export const PAY_LINK_TTL_SECONDS = 7 * 24 * 60 * 60;

export interface PayLink {
  /** A payment intent, a setup intent, or a subscription whose payer has something to do: `pi_...`, `seti_...`, `sub_...` */
  readonly objectId: string;
  /** Unix seconds, UTC. */
  readonly expiresAt: number;
  /** The application's page for a payer who is finished. */
  readonly returnUrl?: string;
}

export type OpenedPayToken =
  | ({ readonly ok: true } & PayLink)
  | { readonly ok: false; readonly reason: "forged" | "expired" };

const TOKEN = /^((?:pi|seti|sub)_\w+)\.([0-9a-z]{1,10})(?:\.~([\w-]+))?\.[\w-]{43}$/;

/** Signed with the first of `appSecrets`. */
export function createPayToken(
  { objectId, expiresAt, returnUrl }: PayLink,
  appSecrets: readonly string[],
): string {
  const [appSecret] = appSecrets;
  if (appSecret === undefined) throw new Error("A payment link needs a secret to be signed with");
  const address = returnUrl === undefined ? [] : [`~${Buffer.from(returnUrl).toString("base64url")}`];
  return signed([objectId, expiresAt.toString(36), ...address].join("."), appSecret);
}

/**
 * The content of a token whose signature is valid for one of `appSecrets`. An expired token was ours; anything else counts
 * as forged.
 */
export function openPayToken(token: string, appSecrets: readonly string[], now: Date): OpenedPayToken {
  const found = TOKEN.exec(token);
  if (found === null) return { ok: false, reason: "forged" };
  const link = token.slice(0, token.lastIndexOf("."));
  const isOurs = appSecrets.some((appSecret) =>
    timingSafeEqual(Buffer.from(signed(link, appSecret)), Buffer.from(token)),
  );
  if (!isOurs) return { ok: false, reason: "forged" };
  const [, objectId, expiry, address] = found;
  const expiresAt = Number.parseInt(String(expiry), 36);
  if (expiresAt * 1000 <= now.getTime()) return { ok: false, reason: "expired" };
  const returnUrl = address === undefined ? undefined : Buffer.from(address, "base64url").toString();
  return { ok: true, objectId: String(objectId), expiresAt, ...present({ returnUrl }) };
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
