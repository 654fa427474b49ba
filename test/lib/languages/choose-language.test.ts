import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { chooseLanguage } from "../../../lib/languages/choose-language.ts";

const KNOWN = ["en", "de", "fr", "ja", "pt", "zh-Hant"];

describe("given the languages that a reader prefers", () => {
  it.each<[readonly string[], string, string]>([
    [["de"], "de", "de"],
    [["de-AT"], "de", "de-AT"],
    [["de_CH"], "de", "de-CH"],
    [["DE-at"], "de", "de-AT"],
    [["pl", "fr-CA", "de"], "fr", "fr-CA"],
    [["pt-BR"], "pt", "pt-BR"],
    [["zh-TW"], "zh-Hant", "zh-TW"],
    [["ja-JP-u-ca-japanese-nu-jpan"], "ja", "ja-JP"],
    [["de-Latn-AT-1996"], "de", "de-Latn-AT-1996"],
  ])("%j are served by %s, with the numbers and dates of %s", (preferred, language, locale) => {
    expect(chooseLanguage(preferred, KNOWN)).toEqual({ language, locale });
  });

  it.each<[readonly string[]]>([[[]], [["pl"]], [["zh-CN"]], [["", "-", "no language", "constructor"]]])(
    "%j are served by the default, and without one by English",
    (preferred) => {
      expect(chooseLanguage(preferred, KNOWN, "fr-CH")).toEqual({ language: "fr", locale: "fr-CH" });
      expect(chooseLanguage(preferred, KNOWN, "klingon?")).toEqual({ language: "en", locale: "en" });
      expect(chooseLanguage(preferred, KNOWN)).toEqual({ language: "en", locale: "en" });
    },
  );

  it("whatever they are, the language is one that there is, and Intl writes numbers in it", () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.string(), fc.constantFrom("de-x-y", "fr-u-nu-arab"))), (preferred) => {
        const { language, locale } = chooseLanguage(preferred, KNOWN);
        expect(KNOWN).toContain(language);
        expect(new Intl.NumberFormat(locale).format(1)).toBe("1");
      }),
    );
  });
});
