/** The types of translations.js, which is JavaScript because browsers load it without a build step. */

export function translationsFor(
  locale?: string,
  browserLanguages?: readonly string[],
): { language: string; texts: Record<string, string> } | undefined;
export function translated<T extends { code?: string; decline_code?: string; message: string }>(
  error: T,
  locale: string | undefined,
  browserLanguages: readonly string[],
): T;
