/** The languages that a browser asks for. Pure. */

/** Browsers send fewer than ten. */
const MOST_LANGUAGES = 30;

/**
 * The languages of an Accept-Language header, the most wanted one first: `de-AT,de;q=0.9,en;q=0.8`. Those that the browser
 * excludes (`q=0`) and `*` are left out. https://www.rfc-editor.org/rfc/rfc9110#field.accept-language
 */
export function acceptedLanguages(header = ""): readonly string[] {
  return header
    .split(",", MOST_LANGUAGES)
    .map((part) => {
      const [language = "", ...parameters] = part.split(";").map((text) => text.trim());
      return { language, quality: qualityIn(parameters) };
    })
    .filter(({ language, quality }) => language !== "" && language !== "*" && quality > 0)
    .sort((a, b) => b.quality - a.quality)
    .map(({ language }) => language);
}

/** Between 0 and 1; 1 if there is none. */
function qualityIn(parameters: readonly string[]): number {
  const written = parameters.find((parameter) => /^q=/i.test(parameter));
  if (written === undefined) return 1;
  const quality = Number(written.slice(2));
  return quality >= 0 && quality <= 1 ? quality : 0;
}
