import { describe, expect, it } from "@jest/globals";
import { KEY_ID_PATTERN } from "../../../lib/identity/api-key.ts";
import {
  type ApiKey,
  checkPrincipal,
  isExpired,
  itemOf,
  readApiKeyItem,
} from "../../../lib/identity/api-key-record.ts";

const NOW = new Date("2026-11-25T12:00:00Z");
const nowSeconds = NOW.getTime() / 1000;
const bare: ApiKey = {
  keyId: "key_0123456789abcdef",
  principal: { id: "shop", roles: ["checkout"] },
  createdAt: NOW.toISOString(),
};
const whole: ApiKey = {
  ...bare,
  principal: { id: "shop", roles: ["checkout", "support"], customerId: "cus_1" },
  expiresAt: nowSeconds,
  revokedAt: "2026-11-24T00:00:00.000Z",
  replacedBy: "key_fedcba9876543210",
  lastUsedAt: "2026-11-23T00:00:00.000Z",
};
/** As the table returns it: without undefined fields. */
const stored = (key: ApiKey) =>
  Object.fromEntries(Object.entries(itemOf(key, "digest")).filter(([, value]) => value !== undefined));

describe("given a stored key", () => {
  it.each([
    ["with only the required fields", bare],
    ["with all fields", whole],
  ])("%s, it is read as it was written, without additional fields", (_what, key) => {
    expect(readApiKeyItem(stored(key))).toStrictEqual(key);
    expect(stored(key)).toMatchObject({ keyHash: "digest", principalId: "shop" });
  });

  it.each<[string, object]>([
    ["no id", { keyId: undefined }],
    ["an id that is not text", { keyId: 7 }],
    ["no creation time", { createdAt: undefined }],
    ["a creation time that is not text", { createdAt: 7 }],
    ["no principal", { principalId: undefined }],
    ["an empty principal", { principalId: "" }],
    ["a principal that is not text", { principalId: ["shop"] }],
    ["a token's principal", { principalId: "JWT:ada" }],
    ["the principal of Stripe's events", { principalId: "stripe" }],
    ["the principal of Stripe's events, in other letters", { principalId: "Stripe" }],
    ["no roles", { roles: undefined }],
    ["roles as text", { roles: "admin" }],
    ["a role that is not text", { roles: ["admin", 1] }],
    ["a customer that is not text", { customerId: 7 }],
    ["an expiry that is not a number", { expiresAt: "2026" }],
  ])("with %s it is not accepted as a key", (_what, damage) => {
    expect(readApiKeyItem({ ...stored(whole), ...damage })).toBeUndefined();
  });

  it.each([
    [nowSeconds - 1, true],
    [nowSeconds, true],
    [nowSeconds + 1, false],
    [undefined, false],
  ])("with the expiry %p it has expired now: %p", (expiresAt, expired) => {
    expect(isExpired(expiresAt === undefined ? bare : { ...bare, expiresAt }, NOW)).toBe(expired);
  });
});

describe("given a principal for a new key", () => {
  const role = "must be 1 to 64 letters, digits, - or _, such as checkout";
  const reserved = "must not be stripe, the name of this service's own principal in the audit log";
  const customer = "must be the id of a Stripe customer: cus_ and letters or digits";
  const principal =
    "must be 1 to 64 letters, digits, - _ . or : and begin with a letter or digit, such as shop";

  it.each<[object, string, string]>([
    [{ id: "stripe" }, "principal", reserved],
    [{ id: "STRIPE" }, "principal", reserved],
    [{ id: " Stripe " }, "principal", reserved],
    [{ id: "jwt:ada" }, "principal", "must not begin with jwt:, which marks the principals of tokens"],
    [{ id: "" }, "principal", principal],
    [{ id: "-shop" }, "principal", principal],
    [{ id: "shop!" }, "principal", principal],
    [{ id: "s".repeat(65) }, "principal", principal],
    [{ roles: [] }, "role", "is missing: name at least one, such as checkout"],
    [{ roles: ["checkout", "check out"] }, "role", role],
    [{ roles: ["check out", "checkout"] }, "role", role],
    [{ roles: ["r".repeat(65)] }, "role", role],
    [{ customerId: "cus_" }, "customer", customer],
    [{ customerId: "xcus_1" }, "customer", customer],
    [{ customerId: "cus_1!" }, "customer", customer],
    [{ customerId: `cus_${"1".repeat(65)}` }, "customer", customer],
  ])("%j is refused: %s %s", (changes, path, message) => {
    expect(() => checkPrincipal({ ...bare.principal, ...changes })).toThrow(
      expect.objectContaining({ code: "VALIDATION_FAILED", issues: [{ path, message }] }),
    );
  });

  it.each<object>([
    { id: "s" },
    { id: `1${"-_.:".repeat(15)}abc` },
    { roles: ["r".repeat(64), "-", "_"] },
    { customerId: `cus_${"1".repeat(64)}` },
  ])("%j is accepted", (changes) => {
    expect(() => checkPrincipal({ ...bare.principal, ...changes })).not.toThrow();
  });
});

describe("given text that should be a key's id", () => {
  it.each([
    ["key_0123456789abcdef", true],
    ["xkey_0123456789abcdef", false],
    ["key_0123456789abcdef0", false],
    ["key_0123456789abcde", false],
    ["key_0123456789ABCDEF", false],
  ])("%s is one: %p", (text, does) => {
    expect(KEY_ID_PATTERN.test(text)).toBe(does);
  });
});
