import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import {
  createPayToken,
  openPayToken,
  PAY_LINK_TTL_SECONDS,
  paymentIntentIdOf,
} from "../../../lib/pay-link/pay-token.ts";

const SECRET = ["app-secret-of-the-tests"];
const NOW = new Date("2026-11-24T12:00:00Z");
const nowSeconds = NOW.getTime() / 1000;

const URL_CHARACTERS = [..."ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_."];
const ALPHANUMERIC = URL_CHARACTERS.filter((character) => /[0-9A-Za-z]/.test(character));

const objectIds = fc
  .string({ unit: fc.constantFrom(...ALPHANUMERIC), minLength: 1, maxLength: 40 })
  .chain((suffix) => fc.constantFrom("pi", "seti", "sub").map((kind) => `${kind}_${suffix}`));
const links = fc.record(
  {
    objectId: objectIds,
    expiresAt: fc.integer({ min: nowSeconds + 1, max: nowSeconds + 10 * PAY_LINK_TTL_SECONDS }),
    returnUrl: fc.webUrl({ withQueryParameters: true }),
  },
  { requiredKeys: ["objectId", "expiresAt"] },
);

const forged = { ok: false, reason: "forged" };

describe("given one of our tokens", () => {
  it("it opens to its original content, and needs no escaping in a URL", () => {
    fc.assert(
      fc.property(links, (link) => {
        const token = createPayToken(link, SECRET);
        expect(openPayToken(token, SECRET, NOW)).toEqual({ ok: true, ...link });
        expect(encodeURIComponent(token)).toBe(token);
      }),
    );
  });

  it("it is refused as expired from its expiry on, and not before", () => {
    const token = createPayToken({ objectId: "pi_1", expiresAt: nowSeconds }, SECRET);
    expect(openPayToken(token, SECRET, new Date(NOW.getTime() - 1))).toMatchObject({ ok: true });
    expect(openPayToken(token, SECRET, NOW)).toEqual({ ok: false, reason: "expired" });
  });

  it("another secret does not open it", () => {
    fc.assert(
      fc.property(links, fc.string(), (link, other) => {
        fc.pre(!SECRET.includes(other));
        expect(openPayToken(createPayToken(link, SECRET), [other], NOW)).toEqual(forged);
      }),
    );
  });

  it("it opens while its secret is the previous one, and no longer once that secret is removed", () => {
    const token = createPayToken({ objectId: "pi_1", expiresAt: nowSeconds + 60 }, SECRET);
    expect(openPayToken(token, ["the new secret", ...SECRET], NOW)).toMatchObject({ ok: true });
    expect(openPayToken(token, ["the new secret"], NOW)).toEqual(forged);
  });

  it("it is short enough for one line of a mail", () => {
    const link = { objectId: "pi_3MtwBwLkdIwHu7ix28a3tqPa", expiresAt: nowSeconds };
    expect(createPayToken(link, SECRET).length).toBeLessThan(80);
  });
});

describe("given a token that was changed", () => {
  const token = createPayToken({ objectId: "pi_3MtwBwLkdIwHu7ix", expiresAt: nowSeconds + 1 }, SECRET);
  const places = fc.nat(token.length - 1);

  it("a different character in any place is refused", () => {
    for (let place = 0; place < token.length; place += 1) {
      for (const character of URL_CHARACTERS.filter((one) => one !== token[place])) {
        const changed = token.slice(0, place) + character + token.slice(place + 1);
        expect([changed, openPayToken(changed, SECRET, NOW)]).toEqual([changed, forged]);
      }
    }
  });

  it("any added or removed character is refused", () => {
    fc.assert(
      fc.property(places, fc.string({ minLength: 1 }), (place, more) => {
        const added = token.slice(0, place) + more + token.slice(place);
        expect(openPayToken(added, SECRET, NOW)).toEqual(forged);
        expect(openPayToken(token + more, SECRET, NOW)).toEqual(forged);
        expect(openPayToken(token.slice(0, place), SECRET, NOW)).toEqual(forged);
      }),
    );
  });

  it("a signature is not valid for another object, another expiry or another return address", () => {
    fc.assert(
      fc.property(links, links, (one, other) => {
        fc.pre(JSON.stringify(one) !== JSON.stringify(other));
        const signature = createPayToken(one, SECRET).split(".").at(-1) ?? "";
        const parts = createPayToken(other, SECRET).split(".").slice(0, -1);
        expect(openPayToken([...parts, signature].join("."), SECRET, NOW)).toEqual(forged);
      }),
    );
  });

  it("any text at all is refused, and never throws", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        expect(openPayToken(text, SECRET, NOW)).toEqual(forged);
      }),
    );
  });
});

describe("given a client secret", () => {
  it.each([
    ["pi_3MtwBwLkdIwHu7ix28a3tqPa_secret_YrKJUKribcBjcG8HVhfZluoGH", "pi_3MtwBwLkdIwHu7ix28a3tqPa"],
    ["pi_1_secret_2", "pi_1"],
    ["seti_1_secret_2", undefined],
    ["pi_1", undefined],
    ["pi_1_secret_", undefined],
    ["pi__secret_", undefined],
    [" pi_1_secret_2", undefined],
    ["pi_1_secret_2\n", undefined],
    ["", undefined],
  ])("%j belongs to %s", (clientSecret, expected) => {
    expect(paymentIntentIdOf(clientSecret)).toBe(expected);
  });
});

describe("given a token that an earlier deployment mailed", () => {
  it("it equals a token made today, here computed by another program, and opens", () => {
    const link = { objectId: "pi_1", expiresAt: 1_795_478_400 };
    const mailed = "pi_1.tozc00.GT4JnvZYKtXjOEy90rj_KEhHyOvikw3Azw6grHMFNuE";
    expect(createPayToken(link, SECRET)).toBe(mailed);
    expect(openPayToken(mailed, SECRET, new Date("2026-11-23T00:00:00Z"))).toEqual({ ok: true, ...link });
  });
});

describe("given text that has our own signature but is not a token", () => {
  /** Signed like a token, but `createPayToken` would not sign this text. */
  const signed = (paymentIntentId: string, expiresAt = nowSeconds + 60) =>
    createPayToken({ objectId: paymentIntentId, expiresAt }, SECRET);

  it.each([
    ["an id of another kind", signed("cus_1")],
    ["an id with more before it", signed("xpi_1")],
    ["an id with a dot", signed("pi_1.2")],
    ["no id", signed("pi_")],
    ["an expiry of eleven digits", signed("pi_1", 36 ** 10)],
    ["an expiry before 1970", signed("pi_1", -1)],
    ["more text after it", `${signed("pi_1")}=`],
  ])("%s is refused as forged", (_what, token) => {
    expect(openPayToken(token, SECRET, NOW)).toEqual(forged);
  });

  it("an expiry of ten digits is the longest that opens", () => {
    expect(openPayToken(signed("pi_1", 36 ** 10 - 1), SECRET, NOW)).toMatchObject({ ok: true });
  });
});

describe("given no secret", () => {
  it("a token can neither be made nor opened", () => {
    expect(() => createPayToken({ objectId: "pi_1", expiresAt: nowSeconds }, [])).toThrow(
      "A payment link needs a secret to be signed with",
    );
    const token = createPayToken({ objectId: "pi_1", expiresAt: nowSeconds + 60 }, SECRET);
    expect(openPayToken(token, [], NOW)).toEqual(forged);
  });
});

describe("given the time for which a mailed link works", () => {
  it("it is a week", () => {
    expect(PAY_LINK_TTL_SECONDS).toBe(604_800);
  });
});
