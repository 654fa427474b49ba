import { randomBytes } from "node:crypto";

const ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/** An object id in Stripe's form: prefix, underscore, letters and digits. */
export function newId(prefix: string, length = 24): string {
  return `${prefix}_${randomText(length)}`;
}

/** The secret with which a browser may act on one payment intent. */
export function newClientSecret(id: string): string {
  return `${id}_secret_${randomText(25)}`;
}

/** Random letters and digits. */
export function randomText(length: number): string {
  let text = "";
  for (let index = 0; index < length; index += 1) text += ALPHABET[nextByte() % ALPHABET.length];
  return text;
}

/** Random bytes are cheap by the thousand, and dear one by one. */
let pool = randomBytes(0);
let used = 0;

function nextByte(): number {
  if (used >= pool.length) {
    pool = randomBytes(4_096);
    used = 0;
  }
  used += 1;
  return pool[used - 1] ?? 0;
}
