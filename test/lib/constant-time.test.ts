/** Secrets are compared by `timingSafeEqual`, and by nothing else: another comparison gives the same result, in telling time. */
import crypto, { createHmac } from "node:crypto";
import { afterEach, describe, expect, it, jest } from "@jest/globals";
import { verifySignature } from "../../lib/events/signature.ts";
import { isHashOf, keyHashOf } from "../../lib/identity/api-key.ts";
import { createPayToken, openPayToken } from "../../lib/pay-link/pay-token.ts";
import { isMacOf, macOf } from "../../lib/sealing/mac.ts";

afterEach(() => {
  jest.restoreAllMocks();
});

const SECRETS = ["app-secret-of-the-tests"];
const NOW = new Date("2026-11-24T12:00:00Z");
const seconds = NOW.getTime() / 1000;
const rawBody = Buffer.from("{}");
const signature = createHmac("sha256", "whsec_1").update(`${seconds}.{}`).digest("hex");
const token = createPayToken({ objectId: "pi_1", expiresAt: seconds + 60 }, SECRETS);
const lastChanged = (text: string) => text.slice(0, -1) + (text.endsWith("0") ? "1" : "0");

const COMPARISONS: readonly (readonly [string, string, (text: string) => boolean])[] = [
  ["an API key's digest", keyHashOf("csk_1"), (text) => isHashOf(text, "csk_1")],
  ["a MAC", macOf("a purpose", ["part"], SECRETS), (text) => isMacOf(text, "a purpose", ["part"], SECRETS)],
  ["the token of a payment link", token, (text) => openPayToken(text, SECRETS, NOW).ok],
  [
    "Stripe's signature",
    signature,
    (text) =>
      verifySignature({ header: `t=${seconds},v1=${text}`, rawBody, secrets: ["whsec_1"], now: seconds }).ok,
  ],
];

describe.each(COMPARISONS)("given %s", (_what, right, accepts) => {
  it("the right one is accepted, and another one is not", () => {
    expect([accepts(right), accepts(lastChanged(right))]).toEqual([true, false]);
  });

  it("the result is that of timingSafeEqual alone", () => {
    const compare = jest.spyOn(crypto, "timingSafeEqual");
    compare.mockReturnValue(false);
    expect(accepts(right)).toBe(false);
    compare.mockReturnValue(true);
    expect(accepts(lastChanged(right))).toBe(true);
    expect(compare).toHaveBeenCalledTimes(2);
  });
});
