import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { maskTree, openTree, sealInput, sealPaths } from "../../../lib/sealing/sealed-tree.ts";
import { createSealer, isSealed } from "../../../lib/sealing/sealing.ts";

const sealer = () => createSealer(["a secret of at least some length"]);

describe("given a sealed value", () => {
  it("it opens in its own context to the original value", () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.string(), (value, context) => {
        const opened = sealer().open(sealer().seal(value, context), context);
        expect(JSON.stringify(opened)).toBe(JSON.stringify(value));
      }),
    );
  });

  it("it does not open in another context, nor with another secret", () => {
    const sealed = sealer().seal("pi_1_secret_2", "run:a");
    expect(() => sealer().open(sealed, "run:b")).toThrow();
    expect(() => createSealer(["another secret"]).open(sealed, "run:a")).toThrow();
  });

  it("it opens while its secret is the previous one, and values sealed during the rotation need the new one", () => {
    const [before, after] = ["the secret before the rotation", "the secret after the rotation"];
    const sealed = createSealer([before]).seal("pi_1_secret_2", "run:a");
    const rotating = createSealer([after, before]);
    expect(rotating.open(sealed, "run:a")).toBe("pi_1_secret_2");
    expect(createSealer([after]).open(rotating.seal("new", "run:a"), "run:a")).toBe("new");
    expect(() => createSealer([after]).open(sealed, "run:a")).toThrow("sealed with another secret");
  });

  it("nothing can be sealed without a secret", () => {
    expect(() => createSealer([])).toThrow("at least one secret");
  });

  it("it does not open when any byte of it was changed", () => {
    const sealed = sealer().seal("pi_1_secret_2", "run:a");
    const bytes = Buffer.from(sealed.slice("sealed:v1:".length), "base64url");
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
        const altered = Buffer.from(bytes);
        altered[at] = (altered[at] ?? 0) ^ change;
        expect(() => sealer().open(`sealed:v1:${altered.toString("base64url")}`, "run:a")).toThrow();
      }),
    );
  });

  it("the same value is never sealed to the same text twice", () => {
    expect(sealer().seal("x", "c")).not.toBe(sealer().seal("x", "c"));
  });
});

describe("given a tree of values", () => {
  it("sealing an input hides all text and all names from a caller, and opening restores it", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (input) => {
        const sealed = sealInput(input, sealer(), "run:a");
        expect(JSON.stringify(openTree(sealed, sealer(), "run:a"))).toBe(JSON.stringify(input));
      }),
    );
    const input = {
      email: "ada@example.com",
      amount: 4200,
      metadata: { "ada@example.com": 5550132 },
      notes: ["for ada", 5550132],
      nothing: null,
    };
    const sealed = JSON.stringify(sealInput(input, sealer(), "run:a"));
    expect(sealed).not.toMatch(/ada@|for ada|5550132/);
    expect(sealed).toMatch(/"email":.*"amount":4200,"metadata":.*"nothing":null/);
  });

  it("sealing by path hides the value at the path and nothing else", () => {
    const outputs = { paymentIntentId: "pi_1", clientSecret: "pi_1_secret_2" };
    const sealed = sealPaths(outputs, [["clientSecret"]], sealer(), "run:a");
    expect(sealed).toEqual({ paymentIntentId: "pi_1", clientSecret: expect.stringMatching(/^sealed:v1:/) });
    expect(openTree(sealed, sealer(), "run:a")).toEqual(outputs);
    expect(maskTree(sealed)).toEqual({ paymentIntentId: "pi_1", clientSecret: "[sealed]" });
  });

  it("a sealed value that was moved to another field, another item or another tree does not open", () => {
    const input = { email: "ada@example.com", name: "Ada" };
    const { email, name } = sealInput(input, sealer(), "run:a");
    expect(openTree({ email, name }, sealer(), "run:a")).toEqual(input);
    for (const moved of [{ name: email }, { email: name }, { email: [email] }, [email]])
      expect(() => openTree(moved, sealer(), "run:a")).toThrow();
    expect(() => openTree({ email }, sealer(), "run:b")).toThrow();
  });

  it("text that only looks sealed is restored unchanged", () => {
    const lookalike = { note: sealer().seal("someone else's", "run:b") };
    const sealed = sealPaths(lookalike, [], sealer(), "run:a");
    expect(openTree(sealed, sealer(), "run:a")).toEqual(lookalike);
    expect(isSealed(lookalike.note)).toBe(true);
  });
});

/** Values stored today must still open after the next deployment. */
describe("given a value that an earlier deployment sealed", () => {
  it("it opens", () => {
    const sealed =
      "sealed:v1:5Q5L0ziLom0BT5ByNAPVK94HoW4IwjNyrStuE797BIj-0_2WqJrXKYqAtZVuJdq4OTWm2gWjrJ6myxOjYecHhMvwybyvqecshcq4";
    expect(createSealer(["app-secret-of-the-tests"]).open(sealed, "run:a")).toEqual({
      clientSecret: "pi_1_secret_2",
      note: "5 €",
    });
  });
});

describe("given text that is not a sealed value", () => {
  const ofBytes = (count: number) => `sealed:v1:${Buffer.alloc(count).toString("base64url")}`;

  it.each([
    ["ordinary text", "pi_1_secret_2"],
    ["a sealed value without its prefix", sealer().seal("pi_1_secret_2", "run:a").slice("sealed:v1:".length)],
    ["a sealed value with a space before its prefix", ` ${sealer().seal("pi_1_secret_2", "run:a")}`],
    ["only the prefix", "sealed:v1:"],
    ["a value too short for a nonce and a tag", ofBytes(27)],
  ])("%s is refused as not sealed", (_what, text) => {
    expect(() => sealer().open(text, "run:a")).toThrow("Not a sealed value");
  });

  it("a value that is long enough is decrypted, and refused because its tag is wrong", () => {
    expect(() => sealer().open(ofBytes(28), "run:a")).toThrow("was altered");
  });
});

describe("given lists and deeper objects", () => {
  const outputs = {
    id: "pi_1",
    next: { clientSecret: "s-next", note: "n" },
    last: { clientSecret: "not named" },
    items: [{ secret: "s-one", sku: "x" }, { secret: "s-two" }, "text"],
    tags: ["s-red", "s-blue"],
    absent: undefined,
  };
  const paths = [["next", "clientSecret"], ["items", "*", "secret"], ["tags", "*"], ["absent"]];

  it("sealing by path seals exactly the values at the path, through every item of a list", () => {
    const sealed = sealPaths(outputs, paths, sealer(), "run:a");
    expect(maskTree(sealed)).toEqual({
      id: "pi_1",
      next: { clientSecret: "[sealed]", note: "n" },
      last: { clientSecret: "not named" },
      items: [{ secret: "[sealed]", sku: "x" }, { secret: "[sealed]" }, "text"],
      tags: ["[sealed]", "[sealed]"],
      absent: undefined,
    });
    expect(openTree(sealed, sealer(), "run:a")).toEqual(outputs);
  });

  it("an object or list at the end of a path is sealed as a whole", () => {
    const sealed = sealPaths(outputs, [["next"], ["items", "0"], ["tags"]], sealer(), "run:a");
    expect(maskTree(sealed)).toMatchObject({
      next: "[sealed]",
      items: ["[sealed]", { secret: "s-two" }, "text"],
      tags: "[sealed]",
    });
    expect(openTree(sealed, sealer(), "run:a")).toEqual(outputs);
  });
});
