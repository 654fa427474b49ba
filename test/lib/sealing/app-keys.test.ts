import { describe, expect, it, jest } from "@jest/globals";
import { appKey } from "../../../lib/sealing/app-keys.ts";

describe("given APP_SECRET", () => {
  it("the key for a purpose is that of HKDF-SHA256 (RFC 5869), here computed by another program", () => {
    expect(appKey("app-secret-of-the-tests", "sealing/v1").export().toString("hex")).toBe(
      "e9ee5df38f0f4870fca579bceacce849541cc07e67cc5396e8b5566aa913638f",
    );
  });

  it("another purpose or another secret gives another key", () => {
    const keys = [
      appKey("a", "sealing/v1"),
      appKey("a", "sealing/v2"),
      appKey("a", "pay-link/v1"),
      appKey("b", "sealing/v1"),
    ].map((key) => key.export().toString("hex"));
    expect(new Set(keys).size).toBe(4);
  });

  it("the same purpose and secret give the same key, also after many others", () => {
    const key = () => appKey("app-secret-of-the-tests", "sealing/v1").export().toString("hex");
    const first = key();
    expect(key()).toBe(first);
    for (let place = 0; place < 200; place++) appKey(`secret ${place}`, "sealing/v1");
    expect(key()).toBe(first);
    expect(appKey("secret 0", "sealing/v1").export().toString("hex")).not.toBe(first);
  });

  it("a key is derived once", () => {
    expect(appKey("a secret", "audit/v1")).toBe(appKey("a secret", "audit/v1"));
  });

  it("64 keys are kept, and with one more the process forgets the others", async () => {
    jest.resetModules();
    const fresh = await import("../../../lib/sealing/app-keys.ts");
    const secrets = Array.from({ length: 64 }, (_, place) => `secret ${place}`);
    const keys = () => secrets.map((secret) => fresh.appKey(secret, "sealing/v1"));
    const first = keys();
    for (const [place, key] of keys().entries()) expect(key).toBe(first[place]);
    fresh.appKey("one more", "sealing/v1");
    for (const [place, key] of keys().entries()) expect(key).not.toBe(first[place]);
  });
});
