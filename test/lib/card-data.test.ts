import { createHash } from "node:crypto";
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { holdsCardNumber, isCardField, maskCardNumbers } from "../../lib/card-data.ts";
import { tries } from "../steps/effort.ts";
import { cardNumber, writtenCardNumber } from "./card-numbers.ts";

describe("given a card number", () => {
  it.each([
    ["Visa", "4242424242424242"],
    ["Visa of 19 digits", "4000000000000000006"],
    ["Mastercard", "5555555555554444"],
    ["Mastercard of the 2-series", "2223003122003222"],
    ["American Express", "378282246310005"],
    ["Discover", "6011111111111117"],
    ["Diners Club", "3056930009020004"],
    ["Diners Club of 14 digits", "36227206271667"],
    ["JCB", "3566002020360505"],
    ["UnionPay", "6205500000000000004"],
    ["Maestro", "6759649826438453"],
    ["Maestro of 12 digits", "501800000009"],
    ["in groups", "4242 4242 4242 4242"],
    ["in groups of an American Express", "3782-822463-10005"],
    ["before its expiry", "4242 4242 4242 4242 12 29"],
    ["after other digits", "ref 17, 4242.4242.4242.4242"],
    ["of a magnetic stripe", ";4242424242424242=29121011234?"],
    ["in full-width digits", "４２４２４２４２４２４２４２４２"],
    ["between slashes", "4242/4242/4242/4242"],
    ["in a list", "4242, 4242, 4242, 4242"],
    ["with bars", "4242|4242|4242|4242"],
    ["with the letter x", "4242x4242x4242x4242"],
    ["with many blanks", `4242${" ".repeat(40)}4242${" ".repeat(40)}42424242`],
    ["with zero-width characters", [..."4242424242424242"].join("\u200b")],
    ["in Devanagari digits", "४२४२ ४२४२ ४२४२ ४२४२"],
    ["in Bengali digits", "৪২৪২৪২৪২৪২৪২৪২৪২"],
    ["in digits of two scripts", "४২4२४২4२४২4२४২4२"],
    ["in negative circled digits", "❹❷❹❷❹❷❹❷❹❷❹❷❹❷❹❷"],
    ["after hexadecimal digits", "deadbeef4242424242424242"],
    ["inside hexadecimal digits", "a4242424242424242f00000000000000"],
    ["padded to the length of a digest", "4242424242424242abcdefabcdefabcd"],
    ["in the shape of an id that no version of UUID has", "42424242-4242-4242-4242-deadbeefdead"],
    ["as an id of Stripe", "cus_4242424242424242"],
    ["as a fraction", "0.4242424242424242"],
    ["as a small fraction", "0.00004242424242424242"],
    ["with an exponent", "4.242424242424242e-7"],
    ["percent-encoded", "4242%204242%204242%204242"],
    ["next to a time", "2026-11-25T09:30:00Z 4242424242424242"],
    ["next to a UUID", "0b8e2f0c-4f0e-4a3e-9c53-1d2f3a4b5c6d 4242424242424242"],
  ])("one of %s is found", (_what, text) => {
    expect(holdsCardNumber(text)).toBe(true);
  });

  it("it is found in all digits, spacings and surrounding texts", () => {
    fc.assert(
      fc.property(writtenCardNumber, (text) => {
        expect(holdsCardNumber(text)).toBe(true);
      }),
      { numRuns: tries({ sample: 150, whole: 2_000 }) },
    );
  });

  it("a text is judged the same whether or not it needs a closer look, as one in another script does", () => {
    const piece = fc.oneof(
      cardNumber,
      fc.constantFrom("4242", "42", "9", " ", "-", "x", "evt_1", "%34", "%", "٤٢٤٢", "a"),
      fc.uuid(),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
        const text = pieces.join("");
        expect(holdsCardNumber(text)).toBe(holdsCardNumber(`é ${text}`));
      }),
      { numRuns: tries({ sample: 150, whole: 5_000 }) },
    );
  });

  it("one wrong digit makes it an ordinary number", () => {
    fc.assert(
      fc.property(cardNumber, fc.integer({ min: 1, max: 9 }), (digits, more) => {
        const last = (Number(digits.at(-1)) + more) % 10;
        expect(holdsCardNumber(digits.slice(0, -1) + last)).toBe(false);
      }),
    );
  });
});

describe("given text that is not a card number", () => {
  it.each([
    ["an amount", "99999999"],
    ["a Visa-like number of 16 digits that fails the check", "4242424242424241"],
    ["16 digits of no issuer that pass the check", "1111111111111117"],
    ["a card number inside a longer number", "42424242424242424242"],
    ["a German phone number", "+49 151 12345678"],
    ["a phone number that passes the check", "4915112345678"],
    ["a French phone number", "0033 6 12 34 56 78"],
    ["an American phone number", "+1 (415) 555-2671"],
    ["an ISBN", "978-3-16-148410-0"],
    ["a time", "2026-11-25T09:30:00.123456789Z"],
    ["a time in nanoseconds", "1795599000123456789"],
    ["a date and a time", "2026-11-25 09.30.00"],
    ["a masked number", "**** **** **** 4242"],
    ["a UUID of many digits", "42424242-4242-4242-8242-424242424242"],
    ["a digest of many digits", "b4242424242424242f19c07d3ae85610"],
    ["a time with milliseconds of an American", "4/12/2026 16:30:12.123"],
    ["a time of a German", "5.11.2026, 16:30:12,12"],
    ["two times", "2026-11-25T09:30:00.123Z/2026-11-25T22:30:00.123Z"],
    ["an amount with separators", "4,000,000.00"],
    ["an amount and its currency, and a time", "4500 EUR 2026-11-25 12:30"],
    ["an address of the internet", "45.130.112.201"],
    ["a name of AWS", "arn:aws:sns:eu-central-1:123456789012:notifications-prod"],
    ["a phone number in brackets", "+44 (0)20 7946 0958"],
    ["nothing", ""],
  ])("%s is accepted", (_what, text) => {
    expect(holdsCardNumber(text)).toBe(false);
  });

  const base62 = fc.constantFrom(..."0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");
  it.each<[string, fc.Arbitrary<string>]>([
    ["a UUID", fc.uuid()],
    // Without a bias for small numbers, which no real UUID has.
    ["a UUID without dashes", fc.noBias(fc.uuid()).map((id) => id.replaceAll("-", ""))],
    ["a UUID in capitals", fc.uuid().map((id) => id.toUpperCase())],
    ...["md5", "sha1", "sha256", "sha512"].map((kind): [string, fc.Arbitrary<string>] => [
      `a digest (${kind})`,
      fc.string({ maxLength: 100 }).map((text) => createHash(kind).update(text).digest("hex")),
    ]),
    [
      "the id of a run",
      fc.string().map((text) => `run-${createHash("sha256").update(text).digest("hex").slice(0, 32)}`),
    ],
    [
      "a phone number",
      fc
        .tuple(
          fc.constantFrom("+1", "+44", "+49", "+33", "+55", "+62", "+61", "+36", "+65", "+51"),
          fc.stringMatching(/^[1-9]\d{2}[ -]\d{3}[ -]\d{3,4}$/),
        )
        .map((parts) => parts.join(" ")),
    ],
    [
      "an amount with decimals",
      fc.integer({ min: 0, max: 99_999_999 }).map((cents) => (cents / 100).toFixed(2)),
    ],
    ["an ISO time", fc.date({ noInvalidDate: true }).map((date) => date.toISOString())],
    ["Unix seconds", fc.integer({ min: 0, max: 4_102_444_800 }).map(String)],
    [
      "Unix milliseconds of this century",
      fc.integer({ min: 978_307_200_000, max: 4_102_444_800_000 }).map(String),
    ],
    [
      "Unix microseconds until 2033",
      fc.integer({ min: 978_307_200_000_000, max: 1_999_999_999_999_999 }).map(String),
    ],
    [
      "a Stripe id",
      fc
        .tuple(
          fc.constantFrom("pi_", "cus_", "price_", "req_", "evt_1"),
          fc.string({ unit: base62, minLength: 14, maxLength: 24 }),
        )
        .map(([prefix, rest]) => prefix + rest),
    ],
    ["an amount", fc.integer({ min: 0, max: 99_999_999 }).map(String)],
  ])("%s is never refused as a card number", (_what, text) => {
    fc.assert(
      fc.property(text, (value) => {
        expect(holdsCardNumber(value)).toBe(false);
      }),
      { numRuns: tries({ sample: 150, whole: 2_000 }) },
    );
  });

  it("few random order numbers of 16 digits are refused as card numbers", () => {
    const numbers = fc.sample(fc.bigInt(10n ** 15n, 10n ** 16n - 1n), {
      numRuns: tries({ sample: 2_000, whole: 20_000 }),
      seed: 1,
    });
    const taken = numbers.filter((number) => holdsCardNumber(String(number)));
    expect(taken.length / numbers.length).toBeLessThan(0.04);
  });
});

describe("given text that can contain a card number", () => {
  it("its card numbers are replaced, and nothing else that it says", () => {
    expect(maskCardNumbers("pay 4242/4242 4242|4242, then 378282246310005 for order 17", "[number]")).toBe(
      "pay [number], then [number] for order 17",
    );
    expect(maskCardNumbers("order 17, ४२", "[number]")).toBe("order 17, ४२");
  });

  it("no card number is left in any text", () => {
    fc.assert(
      fc.property(fc.array(writtenCardNumber, { maxLength: 3 }), (texts) => {
        expect(holdsCardNumber(maskCardNumbers(texts.join(" or "), "[number]"))).toBe(false);
      }),
      { numRuns: tries({ sample: 100, whole: 1_000 }) },
    );
  });

  it("256 KB of digits and separators are searched in time that grows with their length only", () => {
    for (const unit of [
      "4242 ",
      "4".repeat(15),
      "4 ",
      "4a",
      "4242and",
      `4${" ".repeat(500)}`,
      "%34",
      "a1b2-",
    ]) {
      expect(typeof holdsCardNumber(unit.repeat((256 * 1024) / unit.length))).toBe("boolean");
    }
  });
});

describe("given the name of a field", () => {
  it.each([
    "cardNumber",
    "card_number",
    "CARD-NUMBER",
    "card number",
    "cvc",
    "CVV2",
    "pan",
    "track2",
    "ｃｖｃ",
    "primaryAccountNumber",
  ])("%s is refused as card data", (name) => {
    expect(isCardField(name)).toBe(true);
  });

  it.each([
    "number",
    "orderNumber",
    "company",
    "panel",
    "last4",
    "card",
    "cardBrand",
    "pin",
    "trackingNumber",
    "constructor",
    "",
  ])("%s is accepted", (name) => {
    expect(isCardField(name)).toBe(false);
  });
});
