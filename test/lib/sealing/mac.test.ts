import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { isMacOf, macOf } from "../../../lib/sealing/mac.ts";

const SECRET = "app-secret-of-the-tests";
const NEW_SECRET = "another app-secret of the tests";
const PURPOSE = "message/v1";
const PARTS = ["shop", "€", ""];

describe("given the parts of a message", () => {
  it("their MAC is HMAC-SHA256 over each part after its length in bytes, here computed by another program", () => {
    expect(macOf(PURPOSE, PARTS, [SECRET, NEW_SECRET])).toBe("cGFIB8FbINq65fYVnlpmcJ1Phj8D81rk_hrpEmU6GIo");
  });

  it("it is valid for these parts and this purpose, with any of the secrets, in any order", () => {
    const mac = macOf(PURPOSE, PARTS, [SECRET]);
    for (const secrets of [[SECRET], [NEW_SECRET, SECRET], [SECRET, NEW_SECRET]])
      expect(isMacOf(mac, PURPOSE, PARTS, secrets)).toBe(true);
    expect(isMacOf(mac, PURPOSE, PARTS, [NEW_SECRET])).toBe(false);
    expect(isMacOf(mac, PURPOSE, PARTS, [])).toBe(false);
    expect(isMacOf(mac, "audit/v1", PARTS, [SECRET])).toBe(false);
  });

  it.each<[string, (mac: string) => unknown]>([
    ["nothing", () => undefined],
    ["a list", (mac) => [mac]],
    ["bytes", (mac) => Buffer.from(mac)],
    ["an empty text", () => ""],
    ["a shorter one", (mac) => mac.slice(0, -1)],
    ["a longer one", (mac) => `${mac}A`],
    ["another one of the same length", (mac) => `${mac.startsWith("A") ? "B" : "A"}${mac.slice(1)}`],
    ["one of as many characters and more bytes", (mac) => `${mac.slice(0, -1)}é`],
  ])("%s is not their MAC", (_what, changed) => {
    expect(isMacOf(changed(macOf(PURPOSE, PARTS, [SECRET])), PURPOSE, PARTS, [SECRET])).toBe(false);
  });

  it("other parts have another MAC, also if they give the same text when joined", () => {
    const parts = fc.array(fc.oneof(fc.string(), fc.constantFrom("1:a", "a", "", "2:", "€")), {
      maxLength: 4,
    });
    fc.assert(
      fc.property(parts, parts, (one, other) => {
        const isSame = JSON.stringify(one) === JSON.stringify(other);
        expect(isMacOf(macOf(PURPOSE, one, [SECRET]), PURPOSE, other, [SECRET])).toBe(isSame);
      }),
      {
        examples: [
          [
            ["ab", "c"],
            ["a", "bc"],
          ],
        ],
      },
    );
  });

  it("without a secret there is none", () => {
    expect(() => macOf(PURPOSE, PARTS, [])).toThrow("A MAC needs at least one secret");
  });
});
