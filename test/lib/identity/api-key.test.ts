import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { isHashOf, KEY_ID_PATTERN, keyHashOf, keyIdOf, newApiKey } from "../../../lib/identity/api-key.ts";

describe("given a new key", () => {
  it("it is csk_ and 32 random bytes", () => {
    const keys = Array.from({ length: 50 }, newApiKey);
    expect(new Set(keys).size).toBe(50);
    for (const key of keys) {
      expect(key).toMatch(/^csk_[\w-]{43}$/);
      expect(Buffer.from(key.slice(4), "base64url")).toHaveLength(32);
    }
  });
});

describe("given any text as a key", () => {
  it("its id is the beginning of its SHA-256, for every text", () => {
    expect(keyIdOf("local-dev-key")).toBe("key_ed5a18fb8f807f99");
    fc.assert(
      fc.property(fc.string(), (key) => {
        expect(keyIdOf(key)).toMatch(KEY_ID_PATTERN);
        expect(keyIdOf(key)).toBe(`key_${keyHashOf(key).slice(0, 16)}`);
      }),
    );
  });

  it("its digest matches only the key itself, and only as a whole", () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (key, other) => {
        expect(isHashOf(keyHashOf(key), key)).toBe(true);
        expect(isHashOf(keyHashOf(other), key)).toBe(key === other);
      }),
    );
    const sameBeginning = keyHashOf("a").slice(0, 63) + (keyHashOf("a").endsWith("0") ? "1" : "0");
    for (const stored of [
      "",
      keyHashOf("a").slice(0, 16),
      sameBeginning,
      `${keyHashOf("a")}0`,
      "ü".repeat(32),
    ]) {
      expect(isHashOf(stored, "a")).toBe(false);
    }
  });
});
