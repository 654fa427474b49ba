import { describe, expect, it } from "@jest/globals";
import { translated, translationsFor } from "../stripe-js/translations.js";

const LANGUAGES = ["de", "fr", "es", "pt", "nl", "it", "ja"];
const keysOf = (locale: string) => Object.keys(translationsFor(locale)?.texts ?? {});

describe("given the locale of Stripe.js", () => {
  it.each(LANGUAGES)("%s has every text, and none twice", (locale) => {
    expect(keysOf(locale)).toEqual(keysOf("de"));
    expect(keysOf(locale)).toHaveLength(17);
  });

  it.each([
    ["pt-BR", [], "pt"],
    ["auto", ["pl", "fr-CA", "de"], "fr"],
    ["auto", ["en-GB", "de"], undefined],
    ["en", ["de"], undefined],
    ["constructor", ["de"], undefined],
  ])("%s in a browser with %j: the form is in %s", (locale, browser, language) => {
    expect(translationsFor(locale, browser)?.language).toBe(language);
  });

  it.each([
    [
      { code: "card_declined", decline_code: "insufficient_funds" },
      "Ihre Karte hat nicht genügend Guthaben.",
    ],
    [{ code: "card_declined", decline_code: "do_not_honor" }, "Ihre Karte wurde abgelehnt."],
    [{ code: "incomplete_cvc" }, "Die Prüfnummer Ihrer Karte ist unvollständig."],
    [{ code: "setup_intent_authentication_failure" }, expect.stringMatching(/authentifizieren/)],
    [{ code: "toString" }, "In English"],
    [{}, "In English"],
  ])("the error %j has a message in that language", (error, message) => {
    expect(translated({ ...error, message: "In English" }, "de", [])).toEqual({ ...error, message });
    expect(translated({ ...error, message: "In English" }, "en", []).message).toBe("In English");
  });
});
