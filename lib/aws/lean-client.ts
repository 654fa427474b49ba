/**
 * Settings of AWS's clients that make the SDK do less for each call, and the same for the service: what is sent and what is
 * checked stays equal. Figures: docs/performance.md.
 */
import { createHash, createHmac, type Hash, type Hmac } from "node:crypto";

type SecretBytes = string | ArrayBuffer | ArrayBufferView;

/**
 * SHA-256 and HMAC-SHA256 for the SDK's signatures. The SDK's own class passes the key to Node as bytes, which takes six times
 * as long as the same bytes in a text.
 */
class Sha256 {
  readonly digestLength = 32;
  readonly #secret: SecretBytes | undefined;
  #hash: Hash | Hmac;

  constructor(secret?: SecretBytes) {
    this.#secret = secret;
    this.#hash = hashWith(secret);
  }

  update(chunk: Uint8Array): void {
    this.#hash.update(chunk);
  }

  async digest(): Promise<Uint8Array> {
    return this.#hash.digest();
  }

  reset(): void {
    this.#hash = hashWith(this.#secret);
  }
}

function hashWith(secret: SecretBytes | undefined): Hash | Hmac {
  if (secret === undefined) return createHash("sha256");
  if (typeof secret === "string") return createHmac("sha256", secret);
  const bytes = ArrayBuffer.isView(secret)
    ? Buffer.from(secret.buffer, secret.byteOffset, secret.byteLength)
    : Buffer.from(secret);
  return createHmac("sha256", bytes.toString("latin1"), { encoding: "latin1" });
}

/**
 * `cacheMiddleware`: the SDK builds the steps of a call once for each kind of command instead of once for each call. It does
 * so only for calls without options of their own, such as a signal that aborts.
 */
export const LEAN = { sha256: Sha256, cacheMiddleware: true } as const;
