import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { scrub, singleWord, withoutQuotations } from "../../lib/scrub.ts";
import { tries } from "../steps/effort.ts";
import { spacedCardNumber } from "./card-numbers.ts";

const SECRETS: readonly (readonly [string, string, string])[] = [
  ["a secret key", "sk_live_51Abc", "[key]"],
  ["a restricted key", "rk_test_51Abc", "[key]"],
  ["a key as Stripe shows it", "sk_test_*********ocal", "[key]"],
  ["an API key", "csk_tV9zMGJVfZ-8r1YvPQERS_dZ", "[key]"],
  ["a webhook secret", "whsec_abc123", "[webhook secret]"],
  ["a client secret", "pi_3Mt_secret_9xyz", "[client secret]"],
  ["a token", "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhZGEifQ.c2lnbmF0dXJl-_", "[token]"],
  ["a token without a signature", "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZGEifQ.", "[token]"],
  ["the token of a payment link", `pi_3Mt.tpa9c0.${"k".repeat(43)}`, "[payment link]"],
  ["an address", "ada.lovelace+x@mail.example.com", "[email]"],
  ["an internationalized address", "ada@exämple.de", "[email]"],
  ["a phone number", "+1 (415) 555-0132", "[number]"],
  ["a card number", "4242 4242 4242 4242", "[number]"],
  ["a card number without blanks", "378282246310005", "[number]"],
  ["a card number with dots", "4242.4242.4242.4242", "[number]"],
  ["a card number with no-break spaces", "4242\u00a04242\u00a04242\u00a04242", "[number]"],
  ["a card number in wide digits", "４２４２４２４２４２４２４２４２", "[number]"],
];

describe("given text from outside", () => {
  it.each(SECRETS)("%s is removed from it: %s", (_what, secret, mark) => {
    expect(scrub(`before ${secret} after`)).toBe(`before ${mark} after`);
    expect(scrub(`{"x":"${secret}"}`)).toBe(`{"x":"${mark}"}`);
  });

  it.each([
    "2026-11-25T08:30:00.123Z",
    "1b4e28ba-2fa1-11d2-883f-0016d3cca427",
    "pi_3MtwBwLkdIwHu7ix28a3tqPa",
    "stripe-create-customer",
    "connect ECONNREFUSED 127.0.0.1:8000",
    "Error: at handler.cjs:180:12",
  ])("%s is unchanged", (text) => {
    expect(scrub(text)).toBe(text);
  });
});

describe("given text of any shape around it", () => {
  /** Characters that can be next to a secret without becoming part of it. */
  const mark = fc.constantFrom(
    "",
    " ",
    "\n",
    '"',
    "'",
    "(",
    ")",
    ":",
    ",",
    "/",
    "=",
    "\u00e9 ",
    "{",
    "}",
    "[",
  );
  const around = fc
    .tuple(mark, fc.constantFrom("", "Ada", "value", "é", "{}"))
    .map(([end, text]) => text + end);
  const before = around.filter((text) => !/[\p{L}\p{N}_]$/u.test(text));
  const after = around
    .map((text) => [...text].reverse().join(""))
    .filter((text) => !/^[\p{L}\p{N}_]/u.test(text));

  it("no secret is left in it, however many there are", () => {
    const secret = fc.constantFrom(...SECRETS.map(([, text]) => text));
    const texts = fc.array(fc.tuple(before, secret, after), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(texts, (parts) => {
        const scrubbed = scrub(parts.map((part) => part.join("")).join(" | "));
        for (const [, text] of parts) expect(scrubbed).not.toContain(text);
      }),
      { numRuns: tries({ sample: 150, whole: 2_000 }) },
    );
  });

  it("no card number is left in it, for every issuer and every spelling", () => {
    fc.assert(
      fc.property(before, spacedCardNumber, after, (start, written, end) => {
        expect(scrub(`${start}${written}${end}`)).not.toContain(written);
      }),
      { numRuns: tries({ sample: 150, whole: 2_000 }) },
    );
  });
});

describe("given text that was made to take a long time", () => {
  it.each(["a", "a@", "ey", "eyaaaaaa-", "1 ", "+1", "'", '"', "_secret_", "pi_1."])(
    "many %j do not take long",
    (part) => {
      const text = part.repeat(100_000 / part.length);
      expect(scrub(text).length).toBeGreaterThan(0);
      expect(withoutQuotations(text).length).toBeGreaterThan(0);
    },
  );
});

describe("given text in the place of an id", () => {
  it.each([
    ["an id", "pi_3MtwBwLkdIwHu7ix28a3tqPa", "pi_3MtwBwLkdIwHu7ix28a3tqPa"],
    ["a time", "2026-11-25T08:30:00Z", "2026-11-25T08:30:00Z"],
    ["nothing", "", ""],
    ["a name", "Ada Lovelace", "[text]"],
    ["a name and an address", "Ada ada@example.com", "[text]"],
    ["words with a no-break space", "Ada\u00a0Lovelace", "[text]"],
    ["a secret", "whsec_abc123", "[webhook secret]"],
    ["a card number", "4242 4242 4242 4242", "[number]"],
    ["a card number followed by a name", "4242 4242 4242 4242 Ada", "[text]"],
  ])("%s is shown as %s", (_what, text, told) => {
    expect(singleWord(text)).toBe(told);
  });
});

describe("given a message that quotes", () => {
  it("nothing is left of an unclosed quotation", () => {
    expect(withoutQuotations('value "Ada L')).toBe("value [quoted]");
    expect(withoutQuotations(`value "${"Ada ".repeat(10_000)}" is wrong`)).toBe("value [quoted]");
  });

  it("nothing is left of any text in quotation marks", () => {
    const quoted = fc
      .tuple(fc.string(), fc.constantFrom('"', "'", "`"))
      .map(([text, mark]) => [mark, text, mark].join(""));
    fc.assert(
      fc.property(quoted, (quotation) => {
        expect(withoutQuotations(`value ${quotation} is wrong`)).toBe("value [quoted] is wrong");
      }),
    );
  });
});
