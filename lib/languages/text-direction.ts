/** The direction in which a language is written, for the attribute `dir`. Pure. */

/** The scripts that are written from right to left. */
const RIGHT_TO_LEFT: readonly string[] = [
  "Adlm",
  "Arab",
  "Hebr",
  "Mand",
  "Nkoo",
  "Rohg",
  "Samr",
  "Syrc",
  "Thaa",
];

/** `language`: BCP 47, such as `ar` or `az-Arab`. */
export function textDirection(language: string): "ltr" | "rtl" {
  const { script } = new Intl.Locale(language).maximize();
  return script !== undefined && RIGHT_TO_LEFT.includes(script) ? "rtl" : "ltr";
}
