import { createHmac, createSecretKey } from "node:crypto";
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { hmacOf } from "../../../lib/sealing/hmac.ts";

describe("given any key of up to one block and any text", () => {
  it("the MAC is the one that Node computes", () => {
    const bytes = fc.uint8Array({ minLength: 1, maxLength: 64 });
    const text = fc.string({ unit: "binary", maxLength: 300 });
    fc.assert(
      fc.property(bytes, text, fc.constantFrom("hex", "base64url"), (secret, message, encoding) => {
        const key = createSecretKey(Buffer.from(secret));
        const expected = createHmac("sha256", key).update(message).digest(encoding);
        expect(hmacOf(key, message, encoding)).toBe(expected);
        expect(hmacOf(key, message, encoding)).toBe(expected);
      }),
    );
  });
});
