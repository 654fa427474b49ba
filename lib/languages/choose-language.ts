/** Chooses the language of a mail or a page from what its reader prefers. Pure. */

/** A language that we speak, and the reader's way of writing numbers and dates in it. */
export interface ReadersLanguage {
  /** Name of a file in languages/, such as `de`. */
  readonly language: string;
  /** For Intl, such as `de-AT`. */
  readonly locale: string;
}

/** Every installation has it: a reader of a language that nobody has translated gets it. */
export const LAST_RESORT = "en";

/**
 * The first of the `preferred` languages (BCP 47, such as a customer's `preferred_locales`) that is one of `known`: `de-AT` is
 * served by `de`, `zh-TW` by `zh-Hant`. Otherwise `byDefault`, or English. Text that is not a language is skipped.
 */
export function chooseLanguage(
  preferred: readonly string[],
  known: readonly string[],
  byDefault: string = LAST_RESORT,
): ReadersLanguage {
  for (const text of [...preferred, byDefault]) {
    const found = servedBy(text, known);
    if (found !== undefined) return found;
  }
  return { language: LAST_RESORT, locale: LAST_RESORT };
}

/** `text` as a locale without extensions, which could change digits and calendars; undefined if it is not one. */
export function localeOf(text: string): string | undefined {
  try {
    return new Intl.Locale(text.trim().replaceAll("_", "-")).baseName;
  } catch {
    return undefined;
  }
}

function servedBy(text: string, known: readonly string[]): ReadersLanguage | undefined {
  const locale = localeOf(text);
  if (locale === undefined) return undefined;
  const { language, script } = new Intl.Locale(locale).maximize();
  const parts = locale.split("-");
  const shorter = parts.map((_part, dropped) => parts.slice(0, parts.length - dropped).join("-"));
  const found = [...shorter, `${language}-${script}`].find((candidate) => known.includes(candidate));
  return found === undefined ? undefined : { language: found, locale };
}
