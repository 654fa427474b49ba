import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { canonicalJson } from "../../../lib/canonical-json.ts";
import { readIdempotencyKey, scopedKey, vendorKeyOf } from "../../../lib/idempotency/idempotency-key.ts";

const principal = (id: string) => ({ id, roles: [] });

describe("given an Idempotency-Key header", () => {
  it.each([
    ["missing", undefined],
    ["blank", "   "],
    ["256 characters long", "x".repeat(256)],
    ["not ASCII", "ключ"],
    ["a card number", "4242 4242 4242 4242"],
    ["a card number inside longer text", "order-4242424242424242"],
  ])("one that is %s is a BAD_REQUEST that names the header", (_what, header) => {
    expect(() => readIdempotencyKey(header)).toThrow(
      expect.objectContaining({
        code: "BAD_REQUEST",
        issues: [expect.objectContaining({ path: "headers.Idempotency-Key" })],
      }),
    );
  });

  it.each([
    [undefined, "is required: send a value of your own, such as a UUID, and the same one on a retry"],
    ["x".repeat(300), "has 300 characters; at most 255 are allowed"],
    ["ключ-1", "must contain only printable ASCII characters"],
    ["1-ключ", "must contain only printable ASCII characters"],
    ["order\n1", "must contain only printable ASCII characters"],
  ])("for %j the problem says what is wrong and what would be right", (header, message) => {
    expect(() => readIdempotencyKey(header)).toThrow(
      expect.objectContaining({
        message: `The header Idempotency-Key ${message}`,
        issues: [{ path: "headers.Idempotency-Key", message }],
      }),
    );
  });

  it("a card number in it is not quoted in the problem", () => {
    expect(() => readIdempotencyKey("order-4242424242424242")).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining("4242") }),
    );
  });

  it("one of 255 characters is accepted unchanged", () => {
    expect(readIdempotencyKey("x".repeat(255))).toHaveLength(255);
  });
});

describe("given principal, capability and key", () => {
  it("two different triples never share an id, even if their parts join to the same text", () => {
    const triple = fc.tuple(fc.string(), fc.string(), fc.string());
    fc.assert(
      fc.property(triple, triple, (a, b) => {
        const same = JSON.stringify(a) === JSON.stringify(b);
        expect(scopedKey(principal(a[0]), a[1], a[2]) === scopedKey(principal(b[0]), b[1], b[2])).toBe(same);
      }),
    );
    expect(scopedKey(principal("a"), "bc", "d")).not.toBe(scopedKey(principal("ab"), "c", "d"));
  });
});

describe("given the id of a claim", () => {
  it("its key at Stripe is a MAC of it, here computed by another program, and another one for each id and stage", () => {
    expect(vendorKeyOf("claim-1", ["app-secret-of-the-tests", "an older one"])).toBe(
      "4dmJD6eAquRH-F1SLCtwyXkvTVOPoGWHrjk3NhcqbHo",
    );
    expect(vendorKeyOf("claim-2", ["app-secret-of-the-tests"])).not.toBe(
      "4dmJD6eAquRH-F1SLCtwyXkvTVOPoGWHrjk3NhcqbHo",
    );
    expect(vendorKeyOf("claim-1", ["an older one"])).not.toBe("4dmJD6eAquRH-F1SLCtwyXkvTVOPoGWHrjk3NhcqbHo");
  });
});

describe("given two equal inputs", () => {
  it("the order of fields does not change the digest, and the order of items does", () => {
    expect(canonicalJson({ b: 1, a: { d: 2, c: [1, 2] } })).toBe(
      canonicalJson({ a: { c: [1, 2], d: 2 }, b: 1 }),
    );
    expect(canonicalJson([1, 2])).not.toBe(canonicalJson([2, 1]));
    expect(canonicalJson({ at: new Date(0) })).toBe('{"at":"1970-01-01T00:00:00.000Z"}');
  });
});

describe("given items that an earlier deployment stored", () => {
  it("a key has the same id as then, here computed by another program", () => {
    expect(scopedKey(principal("shop"), "stripe-create-payment-intent", "order-1")).toBe(
      "d63497be18237cf1cc2564589c44d6521cc1460b51d9ed57536a4812f4679278",
    );
  });

  it("inputs have the same text as then: sorted by name, at every depth", () => {
    expect(canonicalJson({ b: null, a: [{ z: 1, y: "x" }], A: true, aa: undefined })).toBe(
      '{"A":true,"a":[{"y":"x","z":1}],"b":null}',
    );
  });
});
