import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { contract as sendEmail } from "../../generated/capabilities/send-email.ts";
import { literalMistake } from "../../lib/compiler/contract/literal.ts";
import {
  addressMistake,
  asciiAddress,
  comparableAddress,
  isEmailAddress,
  spellingsOf,
} from "../../lib/email-address.ts";
import { tries } from "../steps/effort.ts";

const ACCEPTED: readonly (readonly [address: string, toward: string])[] = [
  ["ada@example.com", "ada@example.com"],
  ["Ada.Lovelace@Example.COM", "Ada.Lovelace@example.com"],
  ["o'neil+shop@mail.example.co", "o'neil+shop@mail.example.co"],
  ["ada@exämple.de", "ada@xn--exmple-cua.de"],
  ["ada@xn--exmple-cua.de", "ada@xn--exmple-cua.de"],
  ["ada@例え.テスト", "ada@xn--r8jz45g.xn--zckzah"],
  ["ada@example。com", "ada@example.com"],
  ["ada@ab--cd.com", "ada@ab--cd.com"],
  [`${"a".repeat(64)}@example.com`, `${"a".repeat(64)}@example.com`],
];

const REFUSED: readonly (readonly [address: string, why: string])[] = [
  ["", "exactly one @"],
  ["ada", "exactly one @"],
  ["ada@example@example.com", "exactly one @"],
  ["@example.com", "nothing is before the @"],
  ["ada@", "nothing is after the @"],
  ["a..b@example.com", "two in a row"],
  [".ada@example.com", "begins or ends with a dot"],
  ["ada.@example.com", "begins or ends with a dot"],
  ["ädä@example.com", "unaccented letters"],
  ['"a b"@example.com', "unaccented letters"],
  ["ada @example.com", "unaccented letters"],
  ["ada@example.com\n", "letters, digits, hyphens and dots"],
  [`${"a".repeat(65)}@example.com`, "more than 64 characters"],
  ["ada@localhost", "at least two parts"],
  ["ada@-example-.com", "a hyphen"],
  ["ada@example-.com", "a hyphen"],
  ["ada@-ä.de", "a hyphen"],
  ["ada@ex_ample.com", "letters, digits, hyphens and dots"],
  ["ada@%65xample.com", "letters, digits, hyphens and dots"],
  ["ada@[127.0.0.1]", "letters, digits, hyphens and dots"],
  ["ada@example..com", "two in a row"],
  ["ada@example.com.", "ends with a dot"],
  ["ada@127.0.0.1", "not an IP address"],
  ["ada@xn--a.com", "not punycode"],
  [`ada@${"a".repeat(64)}.com`, "more than 63 characters"],
  [`ada@${"ä".repeat(62)}.com`, "more than 63 characters"],
  [`ada@${`${"a".repeat(60)}.`.repeat(4)}com`.padEnd(255, "x"), "characters"],
];

/** Any address that the rule accepts, in any case, with internationalized domains. */
const address = fc
  .tuple(
    fc.array(fc.stringMatching(/^[\w!#$%&'*+/=?^`{|}~-]{1,8}$/), { minLength: 1, maxLength: 3 }),
    fc.array(fc.stringMatching(/^[A-Za-z0-9äöüßé例え]{1,8}$/), { minLength: 1, maxLength: 3 }),
    fc.constantFrom("com", "DE", "テスト", "co1"),
  )
  .map(([atoms, labels, top]) => `${atoms.join(".")}@${[...labels, top].join(".")}`);

describe("given an address", () => {
  it.each(ACCEPTED)("%s is accepted, and mail servers get %s", (text, toward) => {
    expect(addressMistake(text)).toBeUndefined();
    expect(asciiAddress(text)).toBe(toward);
  });

  it.each(REFUSED)("%j is refused because: %s", (text, why) => {
    expect(addressMistake(text)).toMatch(/^must be an email address, such as ada@example\.com: /);
    expect(addressMistake(text)).toContain(why);
    expect(isEmailAddress(text)).toBe(false);
  });

  it("a contract's format accepts and refuses the same ones, with the same words", () => {
    const to = (value: string) => sendEmail.inputs.check({ to: value, template: "payment-link" });
    for (const [text] of ACCEPTED) expect(to(text)).toMatchObject({ ok: true });
    for (const [text] of REFUSED) {
      const message = addressMistake(text);
      expect(to(text)).toEqual({ ok: false, issues: [{ path: "to", message }] });
      expect(literalMistake({ type: "string", format: "email" }, text)).toBe(message);
    }
  });

  it("whatever is accepted is in a form that SES can deliver to", () => {
    const anything = fc.oneof(
      address,
      fc.string({ unit: "binary" }),
      fc.tuple(fc.string(), fc.string({ unit: "grapheme" })).map(([a, b]) => `${a}@${b}.com`),
    );
    fc.assert(
      fc.property(anything, (text) => {
        if (!isEmailAddress(text)) return;
        const ascii = asciiAddress(text);
        expect(ascii.length).toBeLessThanOrEqual(254);
        expect(ascii).toMatch(/^[!-?A-~]{1,64}@(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z0-9-]+$/);
        expect(ascii).not.toMatch(/\.\.|^\.|\.@/);
      }),
      { numRuns: tries({ sample: 150, whole: 2_000 }) },
    );
  });

  it("every spelling of it is accepted, and is the same address", () => {
    fc.assert(
      fc.property(address, (text) => {
        for (const spelling of [...spellingsOf(text), asciiAddress(text), text.toUpperCase()]) {
          // Some letters, such as ß, have no capital that stands for them alone.
          if (spelling.toLowerCase() !== text.toLowerCase() && spelling === text.toUpperCase()) continue;
          expect(addressMistake(spelling)).toBeUndefined();
          expect(comparableAddress(spelling)).toBe(comparableAddress(text));
        }
      }),
    );
  });
});
