import { describe, expect, it } from "@jest/globals";
import { stripeMetadata } from "../../../lib/stripe/stripe-metadata.ts";

describe("given metadata from the application", () => {
  it("text, numbers and flags become text for Stripe, and absent values are left out", () => {
    expect(stripeMetadata({ userId: "u-1", order: 7, gift: true, note: null })).toEqual({
      userId: "u-1",
      order: "7",
      gift: "true",
    });
    expect(stripeMetadata()).toEqual({});
  });

  it.each<[string, Record<string, unknown>, string]>([
    ["a nested object", { order: { id: 7 } }, "metadata.order"],
    ["a value of 501 characters", { note: "x".repeat(501) }, "metadata.note"],
    ["a name of 41 characters", { ["k".repeat(41)]: "v" }, `metadata.${"k".repeat(41)}`],
    ["a name with brackets", { "a[b]": "v" }, "metadata.a[b]"],
    ["a nested object under an address", { "ada@example.com": {} }, "metadata.[email]"],
    ["a nested object under a person's name", { "Ada Lovelace": {} }, "metadata.[text]"],
    ["51 entries", Object.fromEntries(Array.from({ length: 51 }, (_, i) => [`k${i}`, "v"])), "metadata"],
  ])("%s is refused by name", (_what, metadata, path) => {
    expect(() => stripeMetadata(metadata)).toThrow(
      expect.objectContaining({ code: "VALIDATION_FAILED", issues: [expect.objectContaining({ path })] }),
    );
  });
});
