import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { acceptedLanguages } from "../../../lib/languages/accepted-languages.ts";
import { textDirection } from "../../../lib/languages/text-direction.ts";

describe("given the header Accept-Language", () => {
  it.each([
    [undefined, []],
    ["", []],
    ["*", []],
    ["de", ["de"]],
    ["de-AT,de;q=0.9,en;q=0.8", ["de-AT", "de", "en"]],
    ["en;q=0.2, fr ; Q=0.7 ,de", ["de", "fr", "en"]],
    ["de;q=0, fr;q=x, it;q=2, ja;q=-1, es", ["es"]],
  ])("%j asks for %j", (header, languages) => {
    expect(acceptedLanguages(header)).toEqual(languages);
  });

  it("of any text, at most thirty languages are read, and none is empty", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.array(fc.constant("de")).map(String)), (header) => {
        const languages = acceptedLanguages(header);
        expect(languages.length).toBeLessThanOrEqual(30);
        expect(languages).not.toContain("");
      }),
    );
  });
});

describe("given a language", () => {
  it.each([
    ["en", "ltr"],
    ["ja", "ltr"],
    ["ar", "rtl"],
    ["he-IL", "rtl"],
    ["fa", "rtl"],
    ["az", "ltr"],
    ["az-Arab", "rtl"],
  ])("%s is written %s", (language, direction) => {
    expect(textDirection(language)).toBe(direction);
  });
});
